package model_test

import (
	"testing"

	"github.com/karna-registry/karna/model"
)

// 131052-308T is the example that the Digital and Population Data Services
// Agency publishes; 010594Y9032 and 010594Y9021 are its test numbers with the
// signs of 2023.
func TestHetuOfThePopulationRegistersExamples(t *testing.T) {
	for _, v := range []string{"131052-308T", "010594Y9032", "010594Y9021"} {
		id, err := model.ParseIdentifier(model.Hetu, v, delivered)
		if err != nil || id.Value != v {
			t.Errorf("%s: %q, %v", v, id.Value, err)
		}
		if !model.LooksPersonal(v) || !model.ContainsPersonal("anst "+v+"/2") {
			t.Errorf("%s does not look personal", v)
		}
	}
}

func TestHetuKeepsItsSignAndTheSignTellsTheCentury(t *testing.T) {
	for sign, year := range map[string]int16{
		"+": 1852, "-": 1952, "Y": 1952, "X": 1952, "W": 1952, "V": 1952, "U": 1952,
		"A": 2052, "B": 2052, "C": 2052, "D": 2052, "E": 2052, "F": 2052,
	} {
		v := "131052" + sign + "308T"
		id, err := model.ParseIdentifier(model.Hetu, v, model.Date{Year: 2060})
		if err != nil || id.Value != v {
			t.Errorf("%s: %q, %v", v, id.Value, err)
		}
		born, ok := model.BirthDate(model.Hetu, v)
		if want := (model.Date{Year: year, Month: 10, Day: 13}); !ok || born != want {
			t.Errorf("%s: born %s, want %s", v, born, want)
		}
		if got, want := model.Mask(model.Hetu, v), "131052"+sign+"****"; got != want {
			t.Errorf("mask %s, want %s", got, want)
		}
	}
}

func TestHetuRejectsWithAReason(t *testing.T) {
	for v, want := range map[string]model.FailureCode{
		"131052-308U":  model.FailCheckDigit,
		"131052-318T":  model.FailCheckDigit,
		"131052Z308T":  model.FailSeparator,
		"131052 308T":  model.FailSeparator,
		"311152-308T":  model.FailDate,
		"131352-308T":  model.FailDate,
		"131052A308T":  model.FailFuture,
		"131052-0013":  model.FailBirthNumber,
		"131052-30T":   model.FailLength,
		"1310521308TX": model.FailLength,
		"A31052-308T":  model.FailCharacters,
	} {
		if _, err := model.ParseIdentifier(model.Hetu, v, delivered); err == nil {
			t.Errorf("%s accepted", v)
		} else if got := codeOf(t, err); got != want {
			t.Errorf("%s: code %s, want %s", v, got, want)
		}
	}
}

func TestHetuRejectsEveryOneDigitChange(t *testing.T) {
	const v = "131052-308T"
	for at := range len(v) {
		if at == 6 || at == 10 {
			continue
		}
		for d := byte('0'); d <= '9'; d++ {
			broken := v[:at] + string(d) + v[at+1:]
			if _, err := model.ParseIdentifier(model.Hetu, broken, delivered); (err == nil) != (broken == v) {
				t.Errorf("%s: %v", broken, err)
			}
		}
	}
}
