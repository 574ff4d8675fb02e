package relational

import (
	"context"
)

// Watch tells of every statement that is run from now on, before it is run: for
// tests that say what a question may ask of a store. It is called before tenants
// are opened, and what it calls must be safe for concurrent use.
func (d *Database) Watch(run func(*Statement)) { d.engine = watchedEngine{d.engine, run} }

// watchedEngine is an engine whose sessions are watched.
type watchedEngine struct {
	Engine
	run func(*Statement)
}

func (e watchedEngine) watched(s Session, err error) (Session, error) {
	if err != nil {
		return nil, err
	}
	return watchedSession{s, e.run}, nil
}

func (e watchedEngine) Read(ctx context.Context) (Session, error) {
	return e.watched(e.Engine.Read(ctx))
}

func (e watchedEngine) Snapshot(ctx context.Context) (Session, error) {
	return e.watched(e.Engine.Snapshot(ctx))
}

func (e watchedEngine) Write(ctx context.Context) (Session, error) {
	return e.watched(e.Engine.Write(ctx))
}

// What only the engine can do is done with the session that it lent.

func (e watchedEngine) PutOffIndexes(ctx context.Context, s Session) error {
	return e.Engine.PutOffIndexes(ctx, lent(s))
}

func (e watchedEngine) RestoreIndexes(ctx context.Context, s Session) error {
	return e.Engine.RestoreIndexes(ctx, lent(s))
}

func (e watchedEngine) Visit(ctx context.Context, s Session, text string, visit func(values [][]byte)) error {
	return e.Engine.Visit(ctx, lent(s), text, visit)
}

func lent(s Session) Session {
	if w, ok := s.(watchedSession); ok {
		return w.Session
	}
	return s
}

type watchedSession struct {
	Session
	run func(*Statement)
}

func (s watchedSession) Query(ctx context.Context, st *Statement, args func(Writer)) (Rows, error) {
	s.run(st)
	return s.Session.Query(ctx, st, args)
}

func (s watchedSession) Lookup(ctx context.Context, st *Statement, args func(Writer), n int, key func(i int, w Writer)) (Rows, error) {
	s.run(st)
	return s.Session.Lookup(ctx, st, args, n, key)
}

func (s watchedSession) Exec(ctx context.Context, st *Statement, args func(Writer)) error {
	s.run(st)
	return s.Session.Exec(ctx, st, args)
}

func (s watchedSession) ExecEach(ctx context.Context, st *Statement, args func(Writer), n int, key func(i int, w Writer)) error {
	s.run(st)
	return s.Session.ExecEach(ctx, st, args, n, key)
}
