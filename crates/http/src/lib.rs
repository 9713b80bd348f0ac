//! The HTTP transport seam of callcontrol: safe defaults, total deadlines, capped bodies, an in-memory double.
