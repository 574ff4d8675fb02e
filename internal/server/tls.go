package server

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// TLSFiles is a certificate with its chain, and its key, in PEM.
type TLSFiles struct{ Cert, Key string }

// lookAgain is how often the files are looked at for a renewed certificate.
const lookAgain = time.Minute

// certificate is read from its files, and again when they change: it is renewed
// without a restart.
type certificate struct {
	files TLSFiles
	clock func() time.Time

	mu      sync.Mutex
	have    *tls.Certificate
	looked  time.Time
	changed [2]time.Time // of the files, when they were read
}

// newTLS is what a server speaks: TLS 1.2 with forward secrecy and authenticated
// encryption, or 1.3.
func newTLS(files TLSFiles, clock func() time.Time) (*tls.Config, error) {
	c := &certificate{files: files, clock: clock}
	if _, err := c.get(nil); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{ // of TLS 1.2; those of 1.3 are all of this kind
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		GetCertificate: c.get,
	}, nil
}

// get is the certificate as the files have it. While new files cannot be read
// (half of them is written, say) it is the former.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock()
	if c.have != nil && now.Sub(c.looked) < lookAgain {
		return c.have, nil
	}
	c.looked = now
	changed, err := c.times()
	if err == nil && (c.have == nil || changed != c.changed) {
		var read tls.Certificate
		if read, err = tls.LoadX509KeyPair(c.files.Cert, c.files.Key); err == nil {
			c.have, c.changed = &read, changed
		}
	}
	if c.have == nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return c.have, nil
}

func (c *certificate) times() (at [2]time.Time, err error) {
	for i, path := range []string{c.files.Cert, c.files.Key} {
		st, err := os.Stat(path)
		if err != nil {
			return at, err
		}
		at[i] = st.ModTime()
	}
	return at, nil
}
