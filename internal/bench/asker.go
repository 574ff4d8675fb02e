package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// How the server is asked.
const (
	mostRequests = 20_000
	connections  = 4
	page         = 1_000
)

// asker is a client with one connection that it keeps.
type asker struct {
	url  string
	http *http.Client
}

func newAsker(url string) *asker {
	return &asker{url + "/graphql", &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1, MaxIdleConnsPerHost: 1}}}
}

// post sends an operation and gives back the answer's bytes.
func (a *asker) post(ctx context.Context, query string, variables map[string]any) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, fmt.Errorf("write a request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	answer, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK || bytes.Contains(answer, []byte(`"errors":`)) {
		return nil, fmt.Errorf("ask the server: %s: %s", resp.Status, tail(string(answer)))
	}
	return answer, nil
}

// ask reads an answer's data into data, when it is not nil.
func (a *asker) ask(ctx context.Context, query string, variables map[string]any, data any) error {
	answer, err := a.post(ctx, query, variables)
	if err != nil || data == nil {
		return err
	}
	if err := json.Unmarshal(answer, &struct{ Data any }{data}); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

// question is one that is asked of many records of a kind by their ids.
type question struct {
	list  string // the root field that lists the kind
	query string
	has   string // what every answer has
}

var (
	// roleByID shows nothing above internal, so that the audit is told nothing.
	roleByID = question{"roles", `query($id: ID!) { role(id: $id) { id title roleType { notation } identifier { value } period { from to } } }`, `"employment"`}
	// personByID shows restricted values, and each answer is in the audit before it
	// is given.
	personByID = question{"persons", `query($id: ID!) { person(id: $id) { id givenName familyName email { value } address { street streetNumber postalCode locality } } }`, "@kommun.example"}
)

// ids lists the ids of at most n records, page by page.
func (a *asker) ids(ctx context.Context, q question, n int) ([]string, error) {
	query := `query($first: Int!, $after: String) { list: ` + q.list + `(first: $first, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }`
	var ids []string
	var after any
	for len(ids) < n {
		var d struct {
			List struct {
				Nodes    []struct{ ID string }
				PageInfo struct {
					EndCursor   string
					HasNextPage bool
				}
			}
		}
		if err := a.ask(ctx, query, map[string]any{"first": page, "after": after}, &d); err != nil {
			return nil, err
		}
		for _, p := range d.List.Nodes {
			ids = append(ids, p.ID)
		}
		if !d.List.PageInfo.HasNextPage {
			break
		}
		after = d.List.PageInfo.EndCursor
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("ask for %s: the server shows none", q.list)
	}
	return ids, nil
}

// askAll asks a question n times, over several connections at a time.
func askAll(ctx context.Context, url string, q question, ids []string, n int) error {
	var wg sync.WaitGroup
	errs := make([]error, connections)
	for c := range connections {
		wg.Go(func() {
			a := newAsker(url)
			defer a.http.CloseIdleConnections()
			for i := c; i < n && errs[c] == nil; i += connections {
				errs[c] = a.one(ctx, q, ids[i%len(ids)])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// one asks for one record and looks that it is the one.
func (a *asker) one(ctx context.Context, q question, id string) error {
	answer, err := a.post(ctx, q.query, map[string]any{"id": id})
	if err != nil {
		return err
	}
	if !bytes.Contains(answer, []byte(id)) || !bytes.Contains(answer, []byte(q.has)) {
		return fmt.Errorf("ask for one of %s by id: the answer is another: %s", q.list, tail(string(answer)))
	}
	return nil
}
