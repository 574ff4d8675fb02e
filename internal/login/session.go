package login

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
)

// flow is a login under way, which the browser keeps sealed.
type flow struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // RFC 7636
	Expires  time.Time `json:"expires"`
}

// FlowLife is how long somebody has to log in at the provider.
const FlowLife = 10 * time.Minute

// flowRef binds what is sealed to what it is for.
var flowRef = [16]byte([]byte("karna login flow"))

// Begin starts a login: where the browser is to go, and what it keeps meanwhile.
// ErrNoProvider, ErrUnavailable.
func (l *Logins) Begin(ctx context.Context) (address, keep string, err error) {
	if l.provider == nil {
		return "", "", ErrNoProvider
	}
	f := flow{Expires: l.clock().Add(FlowLife)}
	for _, to := range []*string{&f.State, &f.Nonce, &f.Verifier} {
		if *to, err = newSecret(""); err != nil {
			return "", "", err
		}
	}
	if address, err = l.provider.address(ctx, &f); err != nil {
		return "", "", err
	}
	text, err := json.Marshal(f)
	if err != nil {
		return "", "", fmt.Errorf("begin a login: %w", err)
	}
	key, data, err := l.keys.Seal(flowRef, text)
	if err != nil {
		return "", "", fmt.Errorf("begin a login: %w", err)
	}
	return address, encoding.EncodeToString(append(binary.BigEndian.AppendUint32(nil, key), data...)), nil
}

// openFlow opens what the browser kept.
func (l *Logins) openFlow(keep string) (*flow, error) {
	b, err := encoding.DecodeString(keep)
	if err != nil || len(b) < 4 {
		return nil, fmt.Errorf("%w: no login was begun in this browser", ErrRefused)
	}
	text, err := l.keys.Open(flowRef, binary.BigEndian.Uint32(b), b[4:])
	var f flow
	if err != nil || json.Unmarshal(text, &f) != nil {
		return nil, fmt.Errorf("%w: the login was not begun here", ErrRefused)
	}
	if !l.clock().Before(f.Expires) {
		return nil, fmt.Errorf("%w: the login took too long", ErrRefused)
	}
	return &f, nil
}

// Finish ends a login with what the provider sent back through the browser, and
// gives the secret of a new session and when it ends. ErrRefused, ErrNoRights,
// ErrUnavailable.
func (l *Logins) Finish(ctx context.Context, keep, state, code string) (secret string, expires time.Time, err error) {
	if l.provider == nil {
		return "", expires, ErrNoProvider
	}
	f, err := l.openFlow(keep)
	if err != nil {
		return "", expires, err
	}
	if subtle.ConstantTimeCompare([]byte(state), []byte(f.State)) != 1 {
		return "", expires, fmt.Errorf("%w: the state is another login's", ErrRefused)
	}
	claims, err := l.provider.exchange(ctx, f, code)
	if err != nil {
		return "", expires, err
	}
	grant, actor, err := l.identify(claims)
	if err != nil {
		return "", expires, err
	}
	return l.startSession(ctx, actor, &grant)
}

func (l *Logins) startSession(ctx context.Context, actor string, g *Grant) (secret string, expires time.Time, err error) {
	if secret, err = newSecret(""); err != nil {
		return "", expires, err
	}
	g.under = l.rules
	body, err := g.encode()
	if err != nil {
		return "", expires, err
	}
	now := l.now()
	c := graph.Credential{
		ID: l.newID(), Kind: graph.Session, Hash: l.hash(graph.Session, secret), Name: actor, Body: body,
		Actor: actor, Created: now, Expires: now.Add(l.provider.config.Session),
	}
	_, err = l.store.Update(ctx, graph.Provenance{Actor: actor, Reason: "log in", At: now}, func(tx graph.Tx) error {
		if err := tx.DeleteCredentials(ctx, graph.Session, now); err != nil {
			return fmt.Errorf("clear away old sessions: %w", err)
		}
		if err := tx.PutCredential(ctx, c); err != nil {
			return fmt.Errorf("write the session: %w", err)
		}
		return l.audit.AppendTx(ctx, tx, audit.Entry{Actor: actor, Role: g.Role.String(), Operation: "log in"})
	})
	if err != nil {
		return "", expires, fmt.Errorf("start a session: %w", err)
	}
	return secret, c.Expires, nil
}

// Session is the caller with a session's secret. ErrRefused.
func (l *Logins) Session(ctx context.Context, secret string) (Caller, error) {
	return l.credential(ctx, graph.Session, secret)
}

// EndSession ends a session: its secret lets nobody in any more. One that does
// not hold is no error.
func (l *Logins) EndSession(ctx context.Context, secret string) error {
	now := l.now()
	c, ok, err := l.store.CredentialByHash(ctx, l.hash(graph.Session, secret))
	if err != nil {
		return fmt.Errorf("look for a session: %w", err)
	}
	if !ok || c.Kind != graph.Session || !c.Revoked.IsZero() {
		return nil
	}
	c.Revoked = now
	_, err = l.store.Update(ctx, graph.Provenance{Actor: c.Name, Reason: "log out", At: now}, func(tx graph.Tx) error {
		if err := tx.PutCredential(ctx, c); err != nil {
			return fmt.Errorf("write the session: %w", err)
		}
		return l.audit.AppendTx(ctx, tx, audit.Entry{Actor: c.Name, Operation: "log out"})
	})
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}
