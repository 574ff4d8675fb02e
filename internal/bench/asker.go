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

// persons lists the ids of at most n persons, page by page.
func (a *asker) persons(ctx context.Context, n int) ([]string, error) {
	const query = `query($first: Int!, $after: String) { persons(first: $first, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }`
	var ids []string
	var after any
	for len(ids) < n {
		var d struct {
			Persons struct {
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
		for _, p := range d.Persons.Nodes {
			ids = append(ids, p.ID)
		}
		if !d.Persons.PageInfo.HasNextPage {
			break
		}
		after = d.Persons.PageInfo.EndCursor
	}
	if len(ids) == 0 {
		return nil, errors.New("ask for persons: the server shows none")
	}
	return ids, nil
}

// askAll asks for n persons by their ids, over several connections at a time.
func askAll(ctx context.Context, url string, ids []string, n int) error {
	var wg sync.WaitGroup
	errs := make([]error, connections)
	for c := range connections {
		wg.Go(func() {
			a := newAsker(url)
			defer a.http.CloseIdleConnections()
			for i := c; i < n && errs[c] == nil; i += connections {
				errs[c] = a.person(ctx, ids[i%len(ids)])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// person asks for one person and looks that it is the one.
func (a *asker) person(ctx context.Context, id string) error {
	const query = `query($id: ID!) { person(id: $id) { id givenName familyName email { value } address { street streetNumber postalCode locality } } }`
	answer, err := a.post(ctx, query, map[string]any{"id": id})
	if err != nil {
		return err
	}
	if !bytes.Contains(answer, []byte(id)) || !bytes.Contains(answer, []byte("@kommun.example")) {
		return fmt.Errorf("ask for a person by id: the answer is another: %s", tail(string(answer)))
	}
	return nil
}
