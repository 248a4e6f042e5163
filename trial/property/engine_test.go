// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// everything draws from all generators and checks what they promise.
func everything(g *G) {
	check := func(ok bool, what string) {
		g.Helper()
		if !ok {
			g.Error(what)
		}
	}
	lo := Int().Draw(g, "lo")
	hi := Range(lo, math.MaxInt).Draw(g, "hi")
	n := Range(lo, hi).Draw(g, "n")
	check(lo <= n && n <= hi, "Range")
	u := Range(uint64(5), math.MaxUint64).Draw(g, "u")
	check(u >= 5, "Range of uint64")
	small := Range(int8(-128), 127).Draw(g, "small")
	check(Range(small, small).Draw(g, "the same") == small, "Range of one")
	a := Float64Range(-5.5, 3.25).Draw(g, "a")
	check(a >= -5.5 && a <= 3.25, "Float64Range")
	extreme := Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(g, "extreme")
	check(!math.IsNaN(extreme) && !math.IsInf(extreme, 0), "Float64Range is finite")
	Float64().Draw(g, "f")
	check(utf8.ValidRune(Rune().Draw(g, "r")), "Rune")
	s := StringOf(Rune(), 1, 4).Draw(g, "s")
	check(utf8.ValidString(s) && utf8.RuneCountInString(s) >= 1 && utf8.RuneCountInString(s) <= 4, "StringOf")
	data := BytesN(0, 40).Draw(g, "data")
	check(len(data) <= 40, "BytesN")
	pieces := Pieces(data).Draw(g, "pieces")
	check(bytes.Equal(bytes.Join(pieces, nil), data), "Pieces are the whole")
	check(!slices.ContainsFunc(pieces, func(p []byte) bool { return len(p) == 0 }), "no piece is empty")
	m := MapOfN(Range(0, 1000), Bool(), 0, 3).Draw(g, "m")
	check(len(m) <= 3, "MapOfN")
	p := Permutation([]int{1, 2, 3, 4, 5}).Draw(g, "p")
	slices.Sort(p)
	check(slices.Equal(p, []int{1, 2, 3, 4, 5}), "Permutation")
	type part struct {
		A *part
		B []map[string]int8
		C [2]uintptr
		d int
	}
	check(Of[part]().Draw(g, "part").d == 0, "Of leaves what is not exported")
	check(Filter(Int(), func(n int) bool { return n != 0 }).Draw(g, "not zero") != 0, "Filter")
	var zero Gen[string]
	check(OneOf(zero, Just("x")).Draw(g, "one") != "y", "OneOf")
	Machine(g, &n, nil, Command[*int]{Name: "add", Do: func(g *G, n *int) { *n += Int().Draw(g, "d") }})
}

// FuzzEverything finds that no bytes at all make a generator break its promises, and that a case is the same when it is replayed from its choices, and from its bytes.
func FuzzEverything(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(bytes.Repeat([]byte{0xff}, 1000))
	f.Add(bytes.Repeat([]byte{1, 2, 3, 200}, 1000))
	f.Fuzz(func(t *testing.T, data []byte) {
		limit := Config{}.withDefaults().Choices
		first := run(t, everything, &source{data: append([]byte{}, data...), limit: limit}, true)
		if first.outcome == failed {
			t.Fatalf("it fails:\n%s", first)
		}
		for name, src := range map[string]*source{
			"choices": {replay: first.src.choices, limit: limit},
			"bytes":   {data: first.src.bytes(), limit: limit},
		} {
			again := run(t, everything, src, true)
			if !slices.Equal(again.drawn, first.drawn) || !slices.Equal(again.src.choices, first.src.choices) {
				t.Errorf("replayed from %s: %q, %q", name, again.drawn, first.drawn)
			}
		}
		for i, p := range first.src.spans {
			if p.start > p.end || p.end > len(first.src.choices) {
				t.Errorf("span %d is %v, of %d choices", i, p, len(first.src.choices))
			}
		}
	})
}

func TestEverything(t *testing.T) { Config{Dir: "-"}.Check(t, everything) }

// planted is set in the process that TestBridge starts.
const planted = "TORSION_PROPERTY_TEST_PLANTED"

// FuzzBridge is a property that holds, or in another process one that does not.
func FuzzBridge(f *testing.F) {
	runs := 0
	Config{Dir: "-"}.Fuzz(f, func(g *G) {
		runs++
		n := Range(0, 1000).Draw(g, "n")
		g.Assume(Bool().Draw(g, "b"))
		if os.Getenv(planted) != "" && n > 2 {
			g.Errorf("%d is too much", n)
		}
	})
	if runs < corpus {
		f.Errorf("it ran %d times", runs)
	}
}

// A property that fails makes its fuzz target fail with what was drawn; one that assumes something skips.
func TestBridge(t *testing.T) {
	for _, bad := range []bool{false, true} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^FuzzBridge$", "-test.v")
		if bad {
			cmd.Env = append(os.Environ(), planted+"=1")
		}
		out, err := cmd.CombinedOutput()
		if (err != nil) != bad {
			t.Fatalf("%v\n%s", err, out)
		}
		if !bad && !bytes.Contains(out, []byte("--- SKIP: FuzzBridge/seed#")) {
			t.Errorf("nothing was skipped:\n%s", out)
		}
		if bad && !regexp.MustCompile(`property: it fails:\n\s+n = (\d+)\n\s+b = true\n\s+engine_test.go:\d+: (\d+) is too much`).Match(out) {
			t.Errorf("the failure is shown as:\n%s", out)
		}
	}
}

func FuzzSaved(f *testing.F) {
	f.Add(header + "\n# about\n1 2f 0\n")
	f.Add(header + "\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		choices, err := parseCase(text, 100)
		if err != nil {
			return
		}
		c := Config{Dir: t.TempDir()}.withDefaults()
		if _, err := c.save("Test/x", choices, text); err != nil {
			t.Fatal(err)
		}
		all, err := c.load("Test/x")
		if err != nil || len(all) != 1 || !slices.Equal(all[0].choices, choices) {
			t.Errorf("saved %v, loaded %v, %v", choices, all, err)
		}
	})
}

// The name of a test cannot lead out of the folder.
func TestFolder(t *testing.T) {
	c := Config{}.withDefaults()
	for _, name := range []string{"Test/../../x", "Test/a:b", `Test\..\x`} {
		if dir := filepath.ToSlash(c.folder(name)); !strings.HasPrefix(dir, "testdata/property/Test") || strings.Contains(dir, "..") || strings.ContainsAny(dir, `:\`) {
			t.Errorf("%s is saved in %s", name, dir)
		}
	}
}
