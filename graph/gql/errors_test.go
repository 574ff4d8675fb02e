package gql

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	goast "go/ast"
	goparser "go/parser"
	"go/token"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
)

func TestErrorsHaveCodesAndKeepSecrets(t *testing.T) {
	const secret = "19121212-1212"
	tests := []struct {
		name string
		err  error
		code string
		text string // in the caller's message
	}{
		{"what a caller may not do", fmt.Errorf("conflicts: %w", access.ErrForbidden), CodeForbidden, "may not"},
		{"a cursor of another list", fmt.Errorf("list: %w", access.ErrCursor), CodeBadInput, "cursor"},
		{"an argument", badInput("a date is a string"), CodeBadInput, "a date is a string"},
		{"a page too large", fmt.Errorf("%w: a page of 5000: want 1 to 1000", access.ErrBadRequest), CodeBadInput, "want 1 to 1000"},
		{"the state of the registry", conflict("2 records hold the identifier"), CodeConflict, "2 records"},
		{"a store of another release", fmt.Errorf("protection: %w", registry.ErrOtherForm), CodeConflict, "karna rebuild"},
		{"time", context.DeadlineExceeded, CodeTimeout, "too long"},
		{"a failure of ours", errors.New("read " + secret), CodeInternal, "Give the id"},
		{"a panic", recovered(t.Context(), "index out of range "+secret), CodeInternal, "Give the id"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			ctx := graphql.WithResponseContext(t.Context(), presenter(slog.New(slog.NewTextHandler(&log, nil))), recovered)
			graphql.AddError(ctx, test.err)
			got := graphql.GetErrors(ctx)[0]
			if got.Extensions["code"] != test.code || !strings.Contains(got.Message, test.text) {
				t.Errorf("the caller is told %q with %v; want %s and %q in it", got.Message, got.Extensions, test.code, test.text)
			}
			if strings.Contains(fmt.Sprint(got), secret) {
				t.Error("the caller is told what failed, which may be personal")
			}
			if strings.Contains(log.String(), secret) {
				t.Errorf("the log holds a personal number: %s", log.String())
			}
			if id, ok := got.Extensions["id"].(string); ok != (test.code == CodeInternal) || ok && !strings.Contains(log.String(), id) {
				t.Errorf("the id %q does not lead to the log: %s", id, log.String())
			}
		})
	}
}

// TestEveryErrorCodeIsDocumented: the list of codes in docs/graphql.md is the one
// that callers get.
func TestEveryErrorCodeIsDocumented(t *testing.T) {
	file, err := goparser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../docs/graphql.md")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	goast.Inspect(file, func(n goast.Node) bool {
		spec, ok := n.(*goast.ValueSpec)
		if ok && strings.HasPrefix(spec.Names[0].Name, "Code") {
			code, err := strconv.Unquote(spec.Values[0].(*goast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes[code] = true
		}
		return true
	})
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|").FindAllStringSubmatch(string(doc), -1) {
		if !codes[row[1]] {
			t.Errorf("docs/graphql.md has the code %s, which nobody gets", row[1])
		}
		delete(codes, row[1])
	}
	for code := range codes {
		t.Errorf("docs/graphql.md lacks the code %s", code)
	}
}
