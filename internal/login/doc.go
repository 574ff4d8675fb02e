// Package login says who asks: it knows a caller by a machine token, by an
// access token of the municipality's own OpenID provider, or by the session of
// somebody who logged in there, and gives the rights that go with it. It owns
// credentials, how claims become rights, and the sharing rules between
// authorities. It knows nothing of HTTP requests, and decides nothing about what
// rights show: that is internal/access.
//
// A secret is 256 random bits, shown once. The store has a keyed hash of it, so
// that neither a copy of the store nor one of the keyring lets anybody in. A
// credential is looked up for each request: one that is revoked is refused from
// the next request on, whichever process revoked it.
package login
