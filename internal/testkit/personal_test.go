package testkit_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/testkit"
)

func TestAPersonalNumberIsFoundInWhateverForm(t *testing.T) {
	for text, want := range map[string]int{
		"191212121212": 1, "19121212-1212": 1, "121212-1212": 1, "121212+1212": 1, "1212121212": 1, "19121212+1212": 1,
		"Anna191212121212Berg": 1, "\x00\x19191212121212\x00": 1, "Anna121212-1212Berg": 1, `"1212121212"`: 1, "191212121212.xml": 1,
		"191212121212-1": 1, "x 191212121212, 19121212-1212": 2, "tel=1212121212": 1, "/person/191212121212/x": 1,
		"191212121213": 0, "1912121212120": 0, "0191212121212": 0, "2129990012": 0, "121212-12120": 0, "a1212121212f": 0, "191212-1212-4000-8000-000000000000": 0, "0198c1c0-7a00-4000-8000-191212121212": 0,
		"0.1212121212": 0, "191212121212.5": 0, "19121212-****": 0, "": 0, "19121212": 0, "0701011231": 0, "070101-1231": 1, "121212 1212": 0,
	} {
		if got := testkit.PersonalNumbers([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// TestNumbersOfTheSampleAreFoundAmongOtherDigits: where a store has two values
// without anything between them.
func TestNumbersOfTheSampleAreFoundAmongOtherDigits(t *testing.T) {
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	sample, err := os.ReadFile(filepath.Join(root, "testdata", "municipality", "deliveries", "lon.xml"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(sample), `persnr="`)
	number, _, _ := strings.Cut(rest, `"`)
	if testkit.PersonalNumbers([]byte("7"+number+"7")) == 0 {
		t.Errorf("a number of the sample is not found among other digits")
	}
}

// TestWhatIsLoggedStoredOrKeptIsSearched runs tests that leak, each of which fails.
func TestWhatIsLoggedStoredOrKeptIsSearched(t *testing.T) {
	for _, leak := range []string{"log", "file", "postgres"} {
		if leak == "postgres" && os.Getenv("KARNA_TEST_POSTGRES") == "" {
			continue
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestThatLeaks$")
		cmd.Env = append(os.Environ(), "KARNA_LEAK="+leak)
		out, err := cmd.CombinedOutput()
		var failed *exec.ExitError
		if !errors.As(err, &failed) || !strings.Contains(string(out), "--- FAIL: TestThatLeaks") {
			t.Errorf("a test that leaks into a %s passes: %v\n%s", leak, err, out)
		}
		if testkit.PersonalNumbers(out) > 0 {
			t.Errorf("the failure repeats what leaked:\n%s", out)
		}
	}
}

// TestThatLeaks is run by the test above.
func TestThatLeaks(t *testing.T) {
	const number = "191212121212"
	switch os.Getenv("KARNA_LEAK") {
	case "":
		t.Skip("only as another test runs it")
	case "log":
		testkit.Log(t).Debug("delivery", "file", number+".xml")
	case "file":
		if err := os.WriteFile(filepath.Join(testkit.Folder(t), "karna.db"), []byte("Anna"+number), 0o600); err != nil {
			t.Fatal(err)
		}
	case "postgres":
		out, err := exec.Command("psql", "-Xq", "-d", testkit.Postgres(t), "-c", "CREATE TABLE t AS SELECT '\\x0c'::bytea || '"+number[:6]+"'::bytea || '"+number[6:]+"'::bytea AS b").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
}
