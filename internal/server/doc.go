// Package server is the registry over HTTP: GraphQL and a page to try it on, the
// open dump, the addresses of linked data, the vocabulary. It owns which rights
// a request has and what a browser is allowed to do with a page; it knows
// nothing of what is behind a View, and no page it serves asks anyone else for
// anything.
//
// # Rights without a login
//
// The rights named at start are given only to requests that come over the
// loopback interface to a server that listens on it alone, that name it so, and
// that no proxy passed on. Everything else is the public. So neither a machine
// on the network, nor a page that a name server points at this machine, nor a
// proxy in front of the server is ever somebody.
package server
