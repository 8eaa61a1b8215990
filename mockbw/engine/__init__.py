"""The shell that runs accounts: feeds the core its inputs, moves its time, performs its effects."""
