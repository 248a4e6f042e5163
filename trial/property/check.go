// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Variables of the environment that change how properties are checked, without a change of the test.
const (
	SeedVariable  = "TORSION_PROPERTY_SEED"  // the seed, as a failure prints it
	CasesVariable = "TORSION_PROPERTY_CASES" // the number of cases
)

// A Config says how much is tried. The zero Config has the defaults. Times are measured between cases: a case that does not end is not ended.
type Config struct {
	Cases      int           // how many cases have to hold; 0 is 100
	Seed       uint64        // what random numbers begin with; 0 is another seed each time
	Time       time.Duration // after which no further case begins; 0 is 10 s
	Shrinks    int           // how many cases are run to make a failure simpler; 0 is 20,000
	ShrinkTime time.Duration // after which that ends; 0 is 10 s
	Discards   int           // how many cases may be thrown away for each that is not; 0 is 10
	Choices    int           // how many choices a case may make, before it is thrown away; 0 is 65,536
	Dir        string        // where failures are saved, and looked for; "" is testdata/property, "-" is nowhere
}

func (c Config) withDefaults() Config {
	set(&c.Cases, 100)
	set(&c.Time, 10*time.Second)
	set(&c.Shrinks, 20_000)
	set(&c.ShrinkTime, 10*time.Second)
	set(&c.Discards, 10)
	set(&c.Choices, 1<<16)
	if c.Dir == "" {
		c.Dir = "testdata/property"
	}
	return c
}

func set[T int | time.Duration](v *T, byDefault T) {
	if *v == 0 {
		*v = byDefault
	}
}

// Check checks that prop holds for generated values, and fails t with the simplest for which it does not. prop is run many times in the goroutine of the test; it fails by the
// methods of g, or by a panic, and not by those of t.
func Check(t testing.TB, prop func(g *G)) {
	t.Helper()
	Config{}.Check(t, prop)
}

// Check is [Check] with c.
func (c Config) Check(t testing.TB, prop func(g *G)) {
	t.Helper()
	c = c.withDefaults()
	if err := c.environment(); err != nil {
		t.Fatal(err)
	}
	saved, err := c.load(t.Name())
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{Config: c, t: t, prop: prop}
	for _, s := range saved {
		if res := e.replay(s.choices, false); res.outcome == failed {
			e.report(res, "the case saved as "+s.name+" fails")
			return
		}
	}
	if c.Seed == 0 {
		c.Seed = rand.Uint64()
	}
	e.Config = c
	start := time.Now()
	valid, thrown, large := 0, 0, 0
	for i := 0; valid < c.Cases; i++ {
		if i > 0 && time.Since(start) > c.Time {
			t.Logf("property: it held in %d of %d cases; the time of %v was over", valid, c.Cases, c.Time)
			return
		}
		res := run(t, prop, &source{random: rand.New(rand.NewPCG(c.Seed, uint64(i))), size: 1 + i%24, limit: c.Choices}, false)
		switch res.outcome {
		case held:
			valid++
		case failed:
			e.report(res, fmt.Sprintf("it fails after %d cases that held, with the seed %d", valid, c.Seed))
			return
		case discarded:
			if thrown++; res.large {
				large++
			}
			if thrown > c.Discards*max(valid, 10) {
				t.Fatalf("property: only %d of %d cases came about: %d were thrown away by Filter, Assume or Skip, and %d for making more than %d choices. Generate what is wanted, instead of throwing away what is not.\n%s",
					valid, c.Cases, thrown-large, large, c.Choices, res.said)
			}
		}
	}
}

// environment takes what is asked for by the environment.
func (c *Config) environment() error {
	if s := os.Getenv(SeedVariable); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return fmt.Errorf("property: %s: %w", SeedVariable, err)
		}
		c.Seed = n
	}
	if s := os.Getenv(CasesVariable); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return fmt.Errorf("property: %s is %q, and should be a number of cases", CasesVariable, s)
		}
		c.Cases = n
	}
	return nil
}

type engine struct {
	Config
	t    testing.TB
	prop func(g *G)
}

func (e *engine) replay(choices []uint64, describe bool) *result {
	return run(e.t, e.prop, &source{replay: choices, limit: e.Choices}, describe)
}

// report shrinks a failure and fails the test with it.
func (e *engine) report(found *result, how string) {
	e.t.Helper()
	first := len(found.src.choices)
	if again := e.replay(found.src.choices, true); again.outcome != failed {
		e.t.Fatalf("property: %s, and holds when the same values are tried again: it depends on something else\n%s", how, &result{drawn: again.drawn, said: found.said})
		return
	}
	s := &shrinker{engine: e, best: found, seen: map[string]struct{}{}}
	s.shrink()
	res := e.replay(s.best.src.choices, true)
	if res.outcome != failed {
		res.said = s.best.said // it depends on something else, too
	}
	text := fmt.Sprintf("property: %s; %d choices, shrunk to %d in %d runs:\n%s", how, first, len(s.best.src.choices), s.runs, res)
	if e.Seed != 0 {
		text += fmt.Sprintf("\nonce more: %s=%d go test -run '%s'", SeedVariable, e.Seed, pattern(e.t.Name()))
	}
	if name, err := e.save(e.t.Name(), s.best.src.choices, res.String()); err != nil {
		text += "\nit could not be saved: " + err.Error()
	} else if name != "" {
		text += "\nsaved as " + name
	}
	e.t.Fatalf("%s", text)
}

// pattern returns what selects a test by -run.
func pattern(test string) string {
	parts := strings.Split(test, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}
