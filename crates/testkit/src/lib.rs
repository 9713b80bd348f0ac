//! Model telephone switch and fake adapter for unit tests of call-control applications.
