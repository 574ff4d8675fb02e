package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// commands are every command below root, itself included, but cobra's own.
func commands(root *cobra.Command) []*cobra.Command {
	out := []*cobra.Command{root}
	for _, c := range root.Commands() {
		if c.Name() == "completion" || c.Name() == "help" {
			continue
		}
		out = append(out, commands(c)...)
	}
	return out
}

func TestEveryCommandHelpsWithAnExample(t *testing.T) {
	for _, c := range commands(newRoot()) {
		t.Run(c.CommandPath(), func(t *testing.T) {
			args := append(strings.Fields(c.CommandPath())[1:], "--help")
			root := newRoot()
			var out bytes.Buffer
			root.SetOut(&out)
			root.SetArgs(args)
			if err := root.Execute(); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"Usage:", "Examples:", c.CommandPath()} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%s does not say %q:\n%s", strings.Join(args, " "), want, out.String())
				}
			}
			if c.Short == "" || strings.HasSuffix(c.Short, ".") {
				t.Errorf("short text %q: want one line without a full stop", c.Short)
			}
			for line := range strings.Lines(c.Example) {
				if !strings.HasPrefix(line, "  karna") {
					t.Errorf("example %q does not begin with the command", line)
				}
			}
		})
	}
}

// TestExamplesParse finds the command and the flags of every example, so that
// none names what is not there.
func TestExamplesParse(t *testing.T) {
	for _, c := range commands(newRoot()) {
		for line := range strings.Lines(c.Example) {
			t.Run(strings.TrimSpace(line), func(t *testing.T) {
				words := words(strings.TrimSpace(line))
				found, rest, err := newRoot().Find(words[1:])
				if err != nil {
					t.Fatal(err)
				}
				if err := found.ParseFlags(rest); err != nil {
					t.Fatal(err)
				}
				if err := found.ValidateArgs(found.Flags().Args()); err != nil {
					t.Error(err)
				}
				if err := found.ValidateRequiredFlags(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// words splits a line as a shell does that knows quotes and comments; what is read
// from a file is no word of it.
func words(line string) []string {
	var out []string
	var word strings.Builder
	quote, some := rune(0), false
	end := func() {
		if some {
			out = append(out, word.String())
		}
		word.Reset()
		some = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, some = r, true
		case r == ' ':
			end()
		case (r == '#' || r == '<') && !some:
			return out
		default:
			word.WriteRune(r)
			some = true
		}
	}
	end()
	return out
}

func TestCompletionForEachShell(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs([]string{"completion", shell})
		if err := root.Execute(); err != nil || !strings.Contains(out.String(), "karna") {
			t.Errorf("karna completion %s: %v, %d bytes", shell, err, out.Len())
		}
	}
}

func TestExitCodesAreDocumented(t *testing.T) {
	long := newRoot().Long
	for _, want := range []string{"0 done", "1 failed", "2 wrong use", "3 a delivery is broken", "4 a delivery is held", "5 verify found differences", "6 the store is", "130 interrupted"} {
		if !strings.Contains(long, want) {
			t.Errorf("karna --help does not document %q", want)
		}
	}
}
