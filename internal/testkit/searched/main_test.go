package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const number = "191212121212"

// feed is what the events show, and who leaks.
func feed(t *testing.T, verbose bool, events ...event) (shown string, leaks []string) {
	t.Helper()
	var out strings.Builder
	s := show{out: &out, verbose: verbose, said: map[string][]string{}}
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		s.line(line)
	}
	return out.String(), s.leaks
}

func TestWhatAPassingTestPrintsIsSearchedAndNotShown(t *testing.T) {
	events := []event{
		{Action: "output", Package: "p", Test: "TestA", Output: "=== RUN   TestA\n"},
		{Action: "output", Package: "p", Test: "TestA", Output: "    a_test.go:1: " + number + "\n"},
		{Action: "output", Package: "p", Test: "TestA", Output: "        > karna decide --reason " + number + "\n"},
		{Action: "pass", Package: "p", Test: "TestA"},
		{Action: "output", Package: "p", Output: "ok  \tp\t0.1s\n"},
		{Action: "pass", Package: "p"},
	}
	if shown, leaks := feed(t, false, events...); shown != "ok  \tp\t0.1s\n" || len(leaks) != 1 || leaks[0] != "searched: p TestA prints a personal number" {
		t.Errorf("%q, %q", shown, leaks)
	}
	if shown, _ := feed(t, true, events...); !strings.Contains(shown, "=== RUN") {
		t.Errorf("with -v: %q", shown)
	}
}

func TestWhatAFailingTestPrintsIsShown(t *testing.T) {
	shown, leaks := feed(t, false,
		event{Action: "output", Package: "p", Test: "TestA", Output: "    a_test.go:1: wrong\n"},
		event{Action: "fail", Package: "p", Test: "TestA"},
		event{Action: "build-output", ImportPath: "q", Output: "q.go:1: no\n"},
		event{Action: "output", Package: "p", Output: "FAIL\tp\t0.1s\n"},
		event{Action: "fail", Package: "p"},
	)
	if shown != "    a_test.go:1: wrong\nq.go:1: no\nFAIL\tp\t0.1s\n" || len(leaks) != 0 {
		t.Errorf("%q, %q", shown, leaks)
	}
}

func TestAFileIsSearchedToItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for text, want := range map[string]int{"a\nb\n": 0, "a\nDETAIL: Key (k)=(" + number + ")": 1, `$1 = '\014` + number + "'": 1} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if got := files(&out, []string{path}); got != want || strings.Contains(out.String(), number) {
			t.Errorf("%q: %d, %s", text, got, &out)
		}
	}
	if files(&strings.Builder{}, []string{path + "-gone"}) == 0 {
		t.Error("a file that is not there passes")
	}
}

// TestARunEndsAsItsTestsEnd runs go test on a test that prints a number, on one that
// fails, and on one that does neither.
func TestARunEndsAsItsTestsEnd(t *testing.T) {
	for body, want := range map[string]int{`t.Log("quiet")`: 0, `t.Log("` + number + `")`: 1, `t.Error("no")`: 1, `println("1912" + "12121212")`: 1} {
		dir := t.TempDir()
		for name, text := range map[string]string{"go.mod": "module m\n", "m_test.go": "package m\n\nimport \"testing\"\n\nfunc TestM(t *testing.T) { " + body + " }\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out strings.Builder
		if got := run(&out, []string{"go", "-C", dir, "test", "./..."}); got != want || !strings.Contains(out.String(), "\tm\t") {
			t.Errorf("%s: ends with %d, want %d\n%s", body, got, want, &out)
		}
	}
}
