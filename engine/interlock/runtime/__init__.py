"""The only place with tasks: polling, dispatching, running actions, the timetable and the control loop."""
