"""Components: functions and objects of one process, tested in pipelines, once or under load."""
