"""HTTP: connections, negotiation, bodies, replies and metrics."""
