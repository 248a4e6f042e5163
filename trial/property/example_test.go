// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property_test

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/trial/internal/record"
	"github.com/torsion-go/torsion/trial/property"
)

// lines generates what LineReceived may be given.
var lines = property.SliceOf(property.Map(property.Bytes(), func(b []byte) []byte {
	return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
}))

// upper answers each line in capitals.
func upper(c *framing.Lines, line []byte) { c.SendLine(bytes.ToUpper(line)) }

func wire(lines [][]byte) []byte {
	var b []byte
	for _, l := range lines {
		b = append(append(b, l...), "\r\n"...)
	}
	return b
}

// answer feeds a fresh protocol the pieces and returns what it writes.
func answer(pieces iter.Seq[[]byte]) string {
	t := protocoltest.NewStringTransport()
	t.Connect(framing.NewLines(framing.LineHandlerFunc(upper)))
	for p := range pieces {
		t.Feed(p)
	}
	return t.Value()
}

// The lines of a protocol of core come out as they went in, however they are made up and cut up.
func TestLinesInPieces(t *testing.T) {
	property.Check(t, func(g *property.G) {
		in := lines.Draw(g, "lines")
		in = slices.DeleteFunc(in, func(l []byte) bool { return bytes.HasSuffix(l, []byte("\r")) })
		input := wire(in)
		pieces := property.Pieces(input).Draw(g, "pieces")
		want := slices.Collect(func(yield func([]byte) bool) {
			for _, l := range in {
				if !yield(bytes.ToUpper(l)) {
					return
				}
			}
		})
		assert.Equal(g, answer(slices.Values(pieces)), string(wire(want)))
	})
}

// And under every single split, byte by byte, and random ones, for a few made-up conversations.
func TestLinesAtEverySplit(t *testing.T) {
	property.Config{Cases: 5}.Check(t, func(g *property.G) {
		protocoltest.Splits(g, wire(lines.Draw(g, "lines")), answer)
	})
}

// A protocol that takes what arrives for whole lines works until the network cuts one up: one line of one byte, cut before its end, is the simplest case.
func TestPiecesFindAFault(t *testing.T) {
	for _, seed := range seeds {
		report := failure(t, property.Config{Cases: 2000, Seed: seed}, func(g *property.G) {
			in := property.SliceOfN(property.StringOf(property.SampledFrom('a', 'b'), 1, 5), 0, 4).Draw(g, "lines")
			input := strings.Join(append(in, ""), "\n")
			var got []string
			for _, p := range property.Pieces([]byte(input)).Draw(g, "pieces") {
				got = append(got, strings.Split(strings.TrimSuffix(string(p), "\n"), "\n")...)
			}
			assert.Equal(g, len(got), len(in))
		})
		assert.Equal(t, drawn(report), []string{`lines = []string{"a"}`, `pieces = [][]byte{[]byte("a"), []byte("\n")}`}, "seed %d", seed)
	}
}

// FuzzLines is the same property as a fuzz target.
func FuzzLines(f *testing.F) {
	property.Fuzz(f, func(g *property.G) {
		input := property.Bytes().Draw(g, "input")
		whole := answer(slices.Values([][]byte{bytes.Clone(input)}))
		assert.Equal(g, answer(slices.Values(property.Pieces(input).Draw(g, "pieces"))), whole)
	})
}

func ExampleCheck() {
	reverse := func(s []int) []int {
		r := slices.Clone(s)
		slices.Reverse(r)
		return r
	}
	t := record.New(named{}) // stands for the test
	t.Run(func() {
		property.Check(t, func(g *property.G) {
			s := property.SliceOf(property.Int()).Draw(g, "s")
			assert.Equal(g, reverse(reverse(s)), s)
		})
	})
	fmt.Println("failed:", t.Failed())
	// Output: failed: false
}

type named struct{ testing.TB }

func (named) Name() string { return "TestReverse" }
