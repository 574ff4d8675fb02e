package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/karna-registry/karna/internal/testkit"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: searched go test ... | searched -files FILE...")
		os.Exit(2)
	}
	if os.Args[1] == "-files" {
		os.Exit(files(os.Stderr, os.Args[2:]))
	}
	os.Exit(run(os.Stdout, os.Args[1:]))
}

// files searches files, line by line.
func files(out io.Writer, paths []string) (code int) {
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			fmt.Fprintln(out, "searched:", err)
			return 2
		}
		r := bufio.NewReaderSize(f, 1<<20)
		for n := 1; ; n++ {
			line, err := r.ReadBytes('\n')
			if testkit.PersonalNumbers(octal.ReplaceAll(line, []byte{0})) > 0 {
				fmt.Fprintf(out, "searched: %s, line %d: a personal number\n", path, n)
				code = 1
			}
			if err != nil {
				break
			}
		}
		_ = f.Close()
	}
	return code
}

// octal is how PostgreSQL's log writes a byte that is no letter.
var octal = regexp.MustCompile(`\\[0-3][0-7]{2}`)

// event is one line of go test -json (go doc test2json).
type event struct {
	Action      string
	Package     string
	Test        string
	Output      string
	ImportPath  string // of what is built
	FailedBuild string
}

// run runs go test, shows what it says and searches what the tests do.
func run(out io.Writer, args []string) int {
	verbose := slices.Contains(args, "-v") || slices.Contains(args, "-test.v")
	at := slices.Index(args, "test")
	if at < 0 {
		fmt.Fprintln(out, "searched: no go test to run")
		return 2
	}
	cmd := exec.Command(args[0], slices.Insert(slices.Clone(args[1:]), at, "-json")...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(out, "searched:", err)
		return 2
	}
	s := show{out: out, verbose: verbose, said: map[string][]string{}}
	lines := bufio.NewReaderSize(stdout, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		s.line(line)
		if err != nil {
			break
		}
	}
	err = cmd.Wait()
	for _, l := range s.leaks {
		fmt.Fprintln(out, l)
	}
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		return max(1, ended.ExitCode())
	case err != nil:
		fmt.Fprintln(out, "searched:", err)
		return 2
	case len(s.leaks) > 0:
		return 1
	}
	return 0
}

// show is what go test says without -json, unless it was to say everything.
type show struct {
	out     io.Writer
	verbose bool
	said    map[string][]string // by package and test, while it runs
	leaks   []string
}

func (s *show) line(line []byte) {
	var e event
	if len(line) == 0 {
		return
	}
	if json.Unmarshal(line, &e) != nil || e.Action == "" {
		s.search("the run", string(line))
		_, _ = s.out.Write(line)
		return
	}
	test := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "output":
		s.search(test, e.Output)
		switch {
		case s.verbose:
			fmt.Fprint(s.out, e.Output)
		case e.Test == "":
			// A package's last line is shown, and the rest of what it says where it fails.
			s.said[test] = append(s.said[test], e.Output)
		case !strings.HasPrefix(e.Output, "=== "):
			s.said[test] = append(s.said[test], e.Output)
		}
	case "pass", "skip":
		said := s.said[test]
		delete(s.said, test)
		if e.Test == "" && len(said) > 0 {
			fmt.Fprint(s.out, said[len(said)-1])
		}
	case "fail":
		fmt.Fprint(s.out, strings.Join(s.said[test], ""))
		delete(s.said, test)
	}
}

// search notes who prints a personal number, and does not print it again. What a script
// tells a program to do is echoed after a >: that is the script's own text.
func (s *show) search(who, text string) {
	if strings.HasPrefix(strings.TrimSpace(text), "> ") {
		return
	}
	if testkit.PersonalNumbers([]byte(text)) > 0 {
		s.leaks = append(s.leaks, "searched: "+strings.TrimSpace(who)+" prints a personal number")
	}
}
