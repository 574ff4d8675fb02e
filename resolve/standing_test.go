package resolve_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

func TestStanding(t *testing.T) {
	const (
		none, unknown     = model.ProtectionNone, model.ProtectionUnknown
		secrecy, register = model.ProtectionSecrecyMarking, model.ProtectionProtectedRegistering
	)
	at := func(stamp int64, l model.Protection) resolve.Said {
		return resolve.Said{Stamp: stamp, Revision: model.Revision(stamp), Level: l}
	}
	lowered := func(stamp int64, to, covers model.Protection) resolve.Ruling {
		return resolve.Ruling{Revision: model.Revision(stamp), Stamp: stamp, Lowered: true, Level: to, Covers: covers}
	}
	raised := func(r model.Revision, to model.Protection) resolve.Ruling {
		return resolve.Ruling{Revision: r, Level: to}
	}
	for name, c := range map[string]struct {
		said    []resolve.Said
		rulings []resolve.Ruling
		want    resolve.Standing
	}{
		"nothing":                  {nil, nil, resolve.Standing{}},
		"once said it is held":     {[]resolve.Said{at(1, secrecy), at(2, none)}, nil, resolve.Standing{Held: secrecy}},
		"the highest is held":      {[]resolve.Said{at(1, register), at(2, secrecy)}, nil, resolve.Standing{Held: register}},
		"a steward lowers it":      {[]resolve.Said{at(1, secrecy)}, []resolve.Ruling{lowered(1, none, secrecy)}, resolve.Standing{Ruled: none, Covered: secrecy}},
		"said again it is covered": {[]resolve.Said{at(1, secrecy), at(3, secrecy)}, []resolve.Ruling{lowered(2, none, secrecy)}, resolve.Standing{Ruled: none, Covered: secrecy}},
		"more raises it":           {[]resolve.Said{at(1, secrecy), at(3, register)}, []resolve.Ruling{lowered(2, none, secrecy)}, resolve.Standing{Held: register, Ruled: none, Covered: secrecy}},
		"taken back and said anew": {[]resolve.Said{at(1, secrecy), at(3, none), at(4, secrecy)}, []resolve.Ruling{lowered(2, none, secrecy)}, resolve.Standing{Held: secrecy, Ruled: none, Covered: none}},
		"late but older":           {[]resolve.Said{{Stamp: 1, Revision: 9, Level: register}}, []resolve.Ruling{lowered(2, none, unknown)}, resolve.Standing{Ruled: none, Covered: unknown}},
		"a steward raises":         {nil, []resolve.Ruling{raised(3, secrecy)}, resolve.Standing{Raised: secrecy}},
		"and lowers":               {nil, []resolve.Ruling{raised(3, secrecy), lowered(4, none, unknown)}, resolve.Standing{Ruled: none, Covered: unknown}},
		"and raises again":         {nil, []resolve.Ruling{lowered(4, none, unknown), raised(5, register)}, resolve.Standing{Raised: register, Ruled: none, Covered: unknown}},
		"without a time": {[]resolve.Said{{Revision: 2, Level: secrecy}, {Revision: 6, Level: secrecy}, {Revision: 5, Level: unknown}},
			[]resolve.Ruling{{Revision: 3, Lowered: true, Level: none, Covers: secrecy}}, resolve.Standing{Held: secrecy, Ruled: none, Covered: unknown}},
	} {
		if got := resolve.StandingOf(c.said, c.rulings); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestStandingDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var said []resolve.Said
		for i := range rapid.IntRange(0, 6).Draw(rt, "said") {
			said = append(said, resolve.Said{Stamp: int64(rapid.IntRange(1, 9).Draw(rt, "stamp")), Revision: model.Revision(i + 1),
				Level: model.Protection(rapid.IntRange(1, 4).Draw(rt, "level"))})
		}
		var rulings []resolve.Ruling
		for i := range rapid.IntRange(0, 2).Draw(rt, "rulings") {
			rulings = append(rulings, resolve.Ruling{Revision: model.Revision(10 + i), Stamp: int64(rapid.IntRange(1, 9).Draw(rt, "ruled")), Lowered: rapid.Bool().Draw(rt, "lowered"),
				Level: model.Protection(rapid.IntRange(1, 4).Draw(rt, "to")), Covers: model.Protection(rapid.IntRange(1, 4).Draw(rt, "covers"))})
		}
		want := resolve.StandingOf(said, rulings)
		if got := resolve.StandingOf(rapid.Permutation(slices.Clone(said)).Draw(rt, "order"), rapid.Permutation(slices.Clone(rulings)).Draw(rt, "order of rulings")); got != want {
			rt.Fatalf("another order gives %+v, want %+v", got, want)
		}
	})
}
