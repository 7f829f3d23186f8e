"""Our own languages: the API, the web pages, the command line. A door parses, calls one act, answers."""
