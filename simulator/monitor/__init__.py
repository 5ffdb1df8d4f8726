"""What goes on beside the users: machines, services, the generator itself, and whether the run can be trusted."""
