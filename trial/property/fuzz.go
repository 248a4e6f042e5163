// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import (
	"math/rand/v2"
	"testing"
)

// corpus is how many random cases a fuzz target begins with.
const corpus = 8

// Fuzz makes a fuzz target of a property: the bytes that the fuzzer finds are the choices of a case. It begins with a few random cases and with the saved ones.
// Package testing minimizes what fails; the failure shows what was drawn.
//
//	func FuzzParse(f *testing.F) { property.Fuzz(f, parses) }
func Fuzz(f *testing.F, prop func(g *G)) { Config{}.Fuzz(f, prop) }

// Fuzz is [Fuzz] with c, of which Choices and Dir matter.
func (c Config) Fuzz(f *testing.F, prop func(g *G)) {
	f.Helper()
	c = c.withDefaults()
	saved, err := c.load(f.Name())
	if err != nil {
		f.Fatal(err)
	}
	for i := range corpus {
		src := &source{random: rand.New(rand.NewPCG(1, uint64(i))), size: 1 + i, limit: c.Choices}
		f.Add(run(f, prop, src, false).src.bytes()) // whether it holds is found out below
	}
	for _, s := range saved {
		f.Add(run(f, prop, &source{replay: s.choices, limit: c.Choices}, false).src.bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if data == nil {
			data = []byte{}
		}
		res := run(t, prop, &source{data: data, limit: c.Choices}, true)
		switch res.outcome {
		case failed:
			t.Fatalf("property: it fails:\n%s", res)
		case discarded:
			t.SkipNow()
		}
	})
}
