"""The services that a run needs: started, waited for, watched, stopped."""
