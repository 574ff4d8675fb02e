// Package logintest starts a real OpenID provider for tests: that of
// github.com/zitadel/oidc, which is certified by the OpenID Foundation, with its
// own storage and login form, on a loopback address.
package logintest
