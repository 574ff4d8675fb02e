package gql

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// protocol is the WebSocket subprotocol that is spoken.
const protocol = "graphql-transport-ws"

// Intervals of a stream.
const (
	initTime = 10 * time.Second // until a WebSocket's first message
	pingTime = 20 * time.Second // between signs of life
)

// Streams reports whether a request is for a stream: a WebSocket, or an answer
// as server-sent events.
func Streams(r *http.Request) bool {
	return upgrades(r) || strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

func upgrades(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// Stream answers subscriptions, each as its caller. They end when the client
// goes, when it is too slow, when its login no longer holds, and with Close.
func (x *Executor) Stream(callers Callers) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, ok := x.of(callers, w, r)
		if !ok {
			return
		}
		leave, ok := x.asking.enter("a stream of "+callerOf(caller.View, r), x.limits.SubscribersEach)
		if !ok {
			w.Header().Set("Retry-After", "1")
			refuse(w, r, http.StatusTooManyRequests, CodeLimit, "You have as many streams open as are allowed. Close one.")
			return
		}
		defer leave()
		select {
		case x.streams <- struct{}{}:
			defer func() { <-x.streams }()
		default:
			refuse(w, r, http.StatusServiceUnavailable, CodeLimit, "There are as many subscribers as are allowed. Try again later.")
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(x.open, cancel)()
		s := streaming{x.exec, caller, x}
		if upgrades(r) {
			x.webSocket(w, r.WithContext(ctx), s)
			return
		}
		x.events(ctx, w, r, s)
	})
}

// Close ends all streams, and those that come later at once.
func (x *Executor) Close() { x.close() }

// streaming executes subscriptions, each with a request of its own: what one has
// read is not for the next.
type streaming struct {
	*executor.Executor
	caller Caller
	of     *Executor
}

var _ graphql.GraphExecutor = streaming{}

// A WebSocket is told what is wrong with an operation in the protocol's own message for
// it, which gqlgen chooses by the code.
func init() { errcode.RegisterErrorType(CodeBadInput, errcode.KindProtocol) }

const requestExtension = "request"

// CreateOperationContext takes subscriptions only. Its errors are as the client is
// told them; what panics is a failure of ours, as it is in Execute.
func (s streaming) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (op *graphql.OperationContext, errs gqlerror.List) {
	defer func() {
		if p := recover(); p != nil {
			op, errs = &graphql.OperationContext{}, gqlerror.List{s.of.failed(ctx, p)}
		}
	}()
	ctx = withView(ctx, s.caller.View)
	requestOf(ctx).check = s.caller.Check
	req, refusal := s.of.document(Request{Query: params.Query, OperationName: params.OperationName, Variables: params.Variables, Hash: hashIn(params.Extensions)})
	if refusal != nil {
		return &graphql.OperationContext{}, gqlerror.List{refusal}
	}
	ready, errs := s.of.prepare(req)
	if errs != nil {
		return &graphql.OperationContext{}, s.of.refused(ctx, s.caller.View, errs)
	}
	requestOf(ctx).doc = ready.doc
	params.Query, params.Variables = req.Query, ready.variables
	if op, errs = s.Executor.CreateOperationContext(ctx, params); errs != nil {
		return op, s.of.refused(ctx, s.caller.View, errs)
	}
	if op.Operation.Operation != ast.Subscription {
		return op, gqlerror.List{{Message: "A stream is for subscriptions. Send queries and mutations with POST.", Extensions: map[string]any{"code": CodeBadInput}}}
	}
	// The validator takes one field under two names, and one that is left out.
	if fields := followed(op); len(fields) != 1 || fields[0].Name == "__typename" {
		return op, gqlerror.List{{Message: "A subscription follows one field. Follow each in a subscription of its own.", Extensions: map[string]any{"code": CodeBadInput}}}
	}
	op.Stats.SetExtension(requestExtension, requestOf(ctx))
	return op, nil
}

// followed are the fields that a subscription selects.
func followed(op *graphql.OperationContext) []graphql.CollectedField {
	return graphql.CollectFields(op, op.Operation.SelectionSet, subscriptionImplementors)
}

// DispatchOperation follows the subscription. What ended it is the last that a
// client is told, a panic too.
func (s streaming) DispatchOperation(ctx context.Context, op *graphql.OperationContext) (next graphql.ResponseHandler, operation context.Context) {
	defer func() {
		if p := recover(); p != nil {
			next, operation = graphql.OneShot(s.failure(ctx, p)), ctx
		}
	}()
	req := op.Stats.GetExtension(requestExtension).(*request)
	ctx = context.WithValue(ctx, requestKey{}, req)
	req.ctx = ctx
	// gqlgen gives an entry no place in the answer, so that the paths of errors would
	// begin below it.
	root := &graphql.FieldContext{Object: "Subscription", Field: followed(op)[0]}
	responses, ctx := s.Executor.DispatchOperation(ctx, op)
	told := false
	return func(ctx context.Context) (resp *graphql.Response) {
		defer func() {
			if p := recover(); p != nil {
				told, resp = true, s.failure(ctx, p)
			}
		}()
		if told {
			return nil
		}
		if resp := responses(graphql.WithFieldContext(ctx, root)); resp != nil {
			return resp
		}
		err := req.ended()
		if err == nil {
			return nil
		}
		told = true
		return &graphql.Response{Errors: gqlerror.List{presenter(s.of.log)(ctx, err)}}
	}, ctx
}

// failure is the answer to what panics.
func (s streaming) failure(ctx context.Context, p any) *graphql.Response {
	return &graphql.Response{Errors: gqlerror.List{s.of.failed(ctx, p)}}
}

// webSocket speaks graphql-transport-ws. A client that takes nothing for as long
// as the patience lasts loses its connection; one that sends more than a request
// may have loses it, too.
func (x *Executor) webSocket(w http.ResponseWriter, r *http.Request, s streaming) {
	if !strings.Contains(r.Header.Get("Sec-Websocket-Protocol"), protocol) {
		refuse(w, r, http.StatusBadRequest, CodeBadInput, "The WebSocket's subprotocol is "+protocol+".")
		return
	}
	r.Header.Set("Sec-Websocket-Protocol", protocol)
	transport.Websocket{InitTimeout: initTime, PingPongInterval: pingTime}.Do(&bounded{w, x.limits}, r, s)
}

// bounded gives a connection that is taken over its bounds.
type bounded struct {
	http.ResponseWriter
	limits Limits
}

// Hijack takes the connection over.
func (b *bounded) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(b.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return &boundedConn{conn, b.limits.Patience, b.limits.Body}, rw, nil
}

type boundedConn struct {
	net.Conn
	patience time.Duration
	left     int64 // bytes that may still be read
}

func (c *boundedConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(b)
	if err != nil {
		// So that whoever reads from it ends as well.
		_ = c.Close()
	}
	return n, err
}

func (c *boundedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.left -= int64(n); c.left < 0 {
		return 0, fmt.Errorf("the client has sent more than it may")
	}
	return n, err
}

// events answers with server-sent events, as the GraphQL over SSE protocol has
// them in its distinct connections mode. The transport that gqlgen brings logs
// requests that it cannot read, cannot say why it ends, and waits for ever.
func (x *Executor) events(ctx context.Context, w http.ResponseWriter, r *http.Request, s streaming) {
	req, ok := x.readRequest(w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &eventWriter{w: w, control: http.NewResponseController(w), patience: x.limits.Patience, failed: cancel}
	_ = out.control.SetReadDeadline(time.Time{})
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h["Cache-Control"] = noStore
	w.WriteHeader(http.StatusOK)
	out.write([]byte(":\n\n"))

	params := &graphql.RawParams{Extensions: req.extensions(), Query: req.Query, OperationName: req.OperationName, Variables: req.Variables, Headers: r.Header}
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := s.CreateOperationContext(ctx, params)
	ctx = graphql.WithOperationContext(ctx, op)
	if errs != nil {
		out.next(&graphql.Response{Errors: errs})
		out.complete()
		return
	}
	var alive sync.WaitGroup
	defer alive.Wait()
	defer cancel()
	open := ctx
	alive.Go(func() { out.keepAlive(open) })
	responses, ctx := s.DispatchOperation(ctx, op)
	for {
		resp := responses(ctx)
		if resp == nil {
			break
		}
		out.next(resp)
	}
	out.complete()
}

// eventWriter writes events, each within the client's patience.
type eventWriter struct {
	mu       sync.Mutex
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	failed   func()
}

func (o *eventWriter) write(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = o.control.SetWriteDeadline(time.Now().Add(o.patience))
	if _, err := o.w.Write(b); err != nil {
		o.failed()
		return
	}
	if err := o.control.Flush(); err != nil {
		o.failed()
	}
}

func (o *eventWriter) next(resp *graphql.Response) {
	var buf bytes.Buffer
	buf.WriteString("event: next\ndata: ")
	Response{resp.Data, resp.Errors}.appendTo(&buf)
	buf.WriteString("\n\n")
	o.write(buf.Bytes())
}

func (o *eventWriter) complete() { o.write([]byte("event: complete\ndata:\n\n")) }

// keepAlive shows proxies and clients that the stream is there.
func (o *eventWriter) keepAlive(ctx context.Context) {
	tick := time.NewTicker(pingTime)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			o.write([]byte(":\n\n"))
		case <-ctx.Done():
			return
		}
	}
}
