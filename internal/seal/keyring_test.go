package seal

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestSealedValueOpensOnlyUnderItsRefAndKeyring(t *testing.T) {
	k, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	ref := [16]byte{1}
	id, data, err := k.Seal(ref, []byte("hemligt"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "hemligt") {
		t.Fatal("sealed data holds the plain text")
	}
	if plain, err := k.Open(ref, id, data); err != nil || string(plain) != "hemligt" {
		t.Fatalf("Open = %q, %v", plain, err)
	}
	if _, err := k.Open([16]byte{2}, id, data); err == nil {
		t.Error("opened under another ref")
	}
	if _, err := k.Open(ref, 9, data); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("unknown key: %v", err)
	}
	other, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(ref, id, data); err == nil {
		t.Error("opened with another keyring")
	}
	data[len(data)-1] ^= 1
	if _, err := k.Open(ref, id, data); err == nil {
		t.Error("opened after tampering")
	}
}

func TestSavedKeyringGivesTheSameHashes(t *testing.T) {
	k, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := k.Save(path); err != nil {
		t.Fatal(err)
	}
	if err := k.Save(path); err == nil {
		t.Error("Save overwrote a keyring")
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if k.Hash(DomainItem, []byte("a"), []byte("b")) != again.Hash(DomainItem, []byte("a"), []byte("b")) {
		t.Error("hash differs after reload")
	}
	id, data, err := k.Seal([16]byte{}, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open([16]byte{}, id, data); err != nil || string(plain) != "x" {
		t.Errorf("Open after reload = %q, %v", plain, err)
	}
}

func TestHashSeparatesPartsDomainsAndKeyrings(t *testing.T) {
	k, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	o, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[16]byte]string{}
	for name, h := range map[string][16]byte{
		"ab|c":         k.HashStrings(DomainItem, "ab", "c"),
		"a|bc":         k.HashStrings(DomainItem, "a", "bc"),
		"abc":          k.HashStrings(DomainItem, "abc"),
		"other domain": k.HashStrings(DomainContent, "abc"),
		"other ring":   o.HashStrings(DomainItem, "abc"),
	} {
		if was, dup := seen[h]; dup {
			t.Errorf("%s and %s hash alike", was, name)
		}
		seen[h] = name
	}
}

func TestBadKeyringIsRefusedWithoutQuotingIt(t *testing.T) {
	for _, bad := range []string{"", "{", `{"hash":"c2VjcmV0"}`, `{"hash":"` + strings.Repeat("A", 43) + `=","current":3,"keys":[]}`} {
		_, err := Parse([]byte(bad))
		if err == nil {
			t.Errorf("Parse(%q) succeeded", bad)
		} else if strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("error quotes key material: %v", err)
		}
	}
}

func BenchmarkHash300(b *testing.B) {
	k, err := Generate()
	if err != nil {
		b.Fatal(err)
	}
	data := make([]byte, 300)
	b.ReportAllocs()
	for b.Loop() {
		k.Hash(DomainItem, data)
	}
}

func BenchmarkSeal(b *testing.B) {
	k, err := Generate()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := k.Seal([16]byte{}, []byte("personnummer\x00191212121212\x0012-12")); err != nil {
			b.Fatal(err)
		}
	}
}
