"""System tests: a real MTA, a real DNS server, other people's verifiers."""
