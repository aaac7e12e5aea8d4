"""What a person meets: the command line, and the pipeline that joins the parts."""
