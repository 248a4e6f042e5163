// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/assert"
	"github.com/torsion-go/torsion/trial/internal/record"
	"github.com/torsion-go/torsion/trial/property"
)

// seeds are those with which each minimum is looked for.
var seeds = []uint64{1, 2, 3, 4, 5, 6, 7, 8}

// failure checks a property that does not hold, and returns the report.
func failure(t *testing.T, c property.Config, prop func(g *property.G)) string {
	t.Helper()
	if c.Dir == "" {
		c.Dir = "-"
	}
	c.Time, c.ShrinkTime = time.Hour, time.Hour // what is tried does not depend on how fast this machine is
	r := record.New(t)
	r.Run(func() { c.Check(r, prop) })
	if !r.Failed() {
		t.Fatalf("with the seed %d no failure was found", c.Seed)
	}
	return r.Said()
}

// drawn returns the lines of a report that tell what was drawn.
func drawn(report string) []string {
	var lines []string
	for l := range strings.Lines(report) {
		if l, ok := strings.CutPrefix(l, "\t"); ok {
			lines = append(lines, strings.TrimSuffix(l, "\n"))
		} else if len(lines) > 0 {
			break
		}
	}
	return lines
}

type tree struct {
	Value       int
	Left, Right *tree
}

func (n *tree) size() int {
	if n == nil {
		return 0
	}
	return 1 + n.Left.size() + n.Right.size()
}

func trees(depth int) property.Gen[*tree] {
	return property.Custom(func(g *property.G) *tree {
		if depth == 0 || !property.Bool().Draw(g, "") {
			return nil
		}
		return &tree{property.Int().Draw(g, ""), trees(depth-1).Draw(g, ""), trees(depth-1).Draw(g, "")}
	})
}

// minima are properties that do not hold, each with the simplest values for which it does not.
var minima = []struct {
	name string
	prop func(g *property.G)
	want []string
}{
	{"always", func(g *property.G) {
		property.Int().Draw(g, "n")
		property.String().Draw(g, "s")
		g.Fail()
	}, []string{"n = 0", `s = ""`}},
	{"above", func(g *property.G) {
		if property.Int().Draw(g, "n") > 1000 {
			g.Error("above")
		}
	}, []string{"n = 1001"}},
	{"below", func(g *property.G) {
		if property.Int().Draw(g, "n") < -1000 {
			g.Error("below")
		}
	}, []string{"n = -1001"}},
	{"either side", func(g *property.G) {
		if n := property.Int().Draw(g, "n"); n > 50 || n < -50 {
			g.Error("far")
		}
	}, []string{"n = 51"}},
	{"even", func(g *property.G) {
		if n := property.Range(0, 1_000_000).Draw(g, "n"); n > 100 && n%2 == 0 {
			g.Error("even")
		}
	}, []string{"n = 102"}},
	{"least of a range", func(g *property.G) {
		property.Range(-9, -5).Draw(g, "a")
		property.Range(uint8(5), 9).Draw(g, "b")
		g.Fail()
	}, []string{"a = -5", "b = 5"}},
	{"sum", func(g *property.G) {
		a, b := property.Range(0, 1000).Draw(g, "a"), property.Range(0, 1000).Draw(g, "b")
		if a+b > 900 {
			g.Error("sum")
		}
	}, []string{"a = 0", "b = 901"}},
	{"the same twice", func(g *property.G) {
		a, b := property.Range(0, 100).Draw(g, "a"), property.Range(0, 100).Draw(g, "b")
		if a == b && a > 10 {
			g.Error("same")
		}
	}, []string{"a = 11", "b = 11"}},
	{"length", func(g *property.G) {
		if len(property.SliceOf(property.Int()).Draw(g, "s")) >= 3 {
			g.Error("long")
		}
	}, []string{"s = []int{0, 0, 0}"}},
	{"an element", func(g *property.G) {
		if slices.ContainsFunc(property.SliceOf(property.Int()).Draw(g, "s"), func(n int) bool { return n > 20 }) {
			g.Error("large")
		}
	}, []string{"s = []int{21}"}},
	{"not sorted", func(g *property.G) {
		if !slices.IsSorted(property.SliceOf(property.Range(0, 1000)).Draw(g, "s")) {
			g.Error("not sorted")
		}
	}, []string{"s = []int{1, 0}"}},
	{"duplicates", func(g *property.G) {
		s := property.SliceOf(property.Range(0, 50)).Draw(g, "s")
		slices.Sort(s)
		if len(slices.Compact(slices.Clone(s))) < len(s) {
			g.Error("duplicates")
		}
	}, []string{"s = []int{0, 0}"}},
	{"a number of parts drawn first", func(g *property.G) {
		n := property.Range(0, 30).Draw(g, "n")
		sum := 0
		for i := range n {
			sum += property.Range(0, 9).Draw(g, "part "+strconv.Itoa(i))
		}
		if sum > 20 {
			g.Error("sum")
		}
	}, []string{"n = 3", "part 0 = 3", "part 1 = 9", "part 2 = 9"}},
	{"a string", func(g *property.G) {
		if s := property.String().Draw(g, "s"); strings.ContainsAny(s, "xyz") {
			g.Error("found")
		}
	}, []string{`s = "x"`}},
	{"beyond ASCII", func(g *property.G) {
		if s := property.String().Draw(g, "s"); len(s) > len([]rune(s)) {
			g.Error("found")
		}
	}, []string{`s = "\u0080"`}},
	{"bytes", func(g *property.G) {
		if b := property.Bytes().Draw(g, "b"); len(b) > 1 && b[0] > 3 && b[1] > 4 {
			g.Error("found")
		}
	}, []string{`b = []byte("\x04\x05")`}},
	{"map", func(g *property.G) {
		if len(property.MapOf(property.Int(), property.Bool()).Draw(g, "m")) > 2 {
			g.Error("found")
		}
	}, []string{`m = map[int]bool{0: false, 1: false, 2: false}`}},
	{"filtered and mapped", func(g *property.G) {
		even := property.Filter(property.Range(0, 1000), func(n int) bool { return n%2 == 0 })
		if property.Map(even, strconv.Itoa).Draw(g, "s") > "4" {
			g.Error("found")
		}
	}, []string{`s = "6"`}},
	{"one of", func(g *property.G) {
		x := property.OneOf(property.Just("plain"), property.SampledFrom("red", "green"), property.String())
		if s := x.Draw(g, "s"); s == "green" || len(s) > 6 {
			g.Error("found")
		}
	}, []string{`s = "green"`}},
	{"tree", func(g *property.G) {
		if trees(6).Draw(g, "tree").size() > 2 {
			g.Error("large")
		}
	}, []string{"tree = &property_test.tree{Right: &property_test.tree{Right: &property_test.tree{}}}"}},
	{"fraction", func(g *property.G) {
		if f := property.Float64().Draw(g, "f"); f != math.Trunc(f) && !math.IsNaN(f) {
			g.Error("fraction")
		}
	}, []string{"f = 0.5"}},
	{"large float", func(g *property.G) {
		if property.Float64Range(-1e6, 1e6).Draw(g, "f") > 99.5 {
			g.Error("large")
		}
	}, []string{"f = 100"}},
	{"NaN", func(g *property.G) {
		if f := property.Float64().Draw(g, "f"); math.IsNaN(f) {
			g.Error("NaN")
		}
	}, []string{"f = NaN"}},
	{"permutation", func(g *property.G) {
		if p := property.Permutation([]int{1, 2, 3, 4}).Draw(g, "p"); p[0] != 1 {
			g.Error("moved")
		}
	}, []string{"p = []int{2, 1, 3, 4}"}},
	{"struct", func(g *property.G) {
		type inner struct{ Names []string }
		type outer struct {
			N     uint16
			Inner *inner
			M     map[string]bool
			A     [2]int8
			F     float32
			D     time.Duration
		}
		if v := property.Of[outer]().Draw(g, "v"); v.Inner != nil && len(v.Inner.Names) > 0 && v.N > 7 {
			g.Error("found")
		}
	}, []string{`v = property_test.outer{N: 8, Inner: &property_test.inner{Names: []string{""}}}`}},
	{"pieces", func(g *property.G) {
		if len(property.Pieces([]byte("hello, world")).Draw(g, "p")) > 2 {
			g.Error("cut")
		}
	}, []string{`p = [][]byte{[]byte("h"), []byte("e"), []byte("llo, world")}`}},
	{"panic", func(g *property.G) {
		s := property.SliceOf(property.Int()).Draw(g, "s")
		if len(s) > 2 {
			_ = s[len(s)+1]
		}
	}, []string{"s = []int{0, 0, 0}"}},
}

func TestMinima(t *testing.T) {
	for _, tt := range minima {
		t.Run(tt.name, func(t *testing.T) {
			for _, seed := range seeds {
				report := failure(t, property.Config{Cases: 5000, Seed: seed}, tt.prop)
				if got := drawn(report); !slices.Equal(got, tt.want) {
					t.Errorf("seed %d: got %q, want %q\n%s", seed, got, tt.want, report)
				}
			}
		})
	}
}

// parsePairs reads "key=value;key=value" and is wrong: a value that is quoted and ends in a backslash makes it read beyond the end.
func parsePairs(s string) (pairs [][2]string, err error) {
	for s != "" {
		key, rest, ok := strings.Cut(s, "=")
		if !ok {
			return nil, fmt.Errorf("no = in %q", s)
		}
		var value []byte
		if strings.HasPrefix(rest, `"`) {
			i := 1
			for ; rest[i] != '"'; i++ {
				if rest[i] == '\\' {
					i++
				}
				value = append(value, rest[i])
				if i+1 == len(rest) {
					return nil, fmt.Errorf("%q does not end", rest)
				}
			}
			rest = strings.TrimPrefix(rest[i+1:], ";")
		} else {
			var plain string
			plain, rest, _ = strings.Cut(rest, ";")
			value = []byte(plain)
		}
		pairs = append(pairs, [2]string{key, string(value)})
		s = rest
	}
	return pairs, nil
}

// The planted bugs of the parser are found and shrunk to the shortest inputs there are: a quote and nothing else, and a backslash behind a quote. Failures at another place do not count for the
// one that was found.
func TestParser(t *testing.T) {
	alphabet := property.SampledFrom([]rune(`a=";\ b1`)...)
	found := map[string]int{}
	for seed := range uint64(20) {
		report := failure(t, property.Config{Cases: 20_000, Seed: seed + 1}, func(g *property.G) {
			parsePairs(property.StringOf(alphabet, 0, -1).Draw(g, "input"))
		})
		found[strings.Join(drawn(report), " ")]++
	}
	if n := found[`input = "=\""`] + found[`input = "=\"\\"`]; n != 20 || found[`input = "=\""`] == 0 {
		t.Errorf("found %v", found)
	}
	// the same from any characters at all
	report := failure(t, property.Config{Cases: 200_000, Seed: 1}, func(g *property.G) {
		parsePairs(property.String().Draw(g, "input"))
	})
	assert.Equal(t, drawn(report), []string{`input = "=\""`})
	assert.Substring(t, "panic: runtime error: index out of range", report)
}

func TestHolds(t *testing.T) {
	runs := 0
	property.Config{Dir: "-", Time: time.Hour}.Check(t, func(g *property.G) {
		runs++
		a, b := property.Int().Draw(g, "a"), property.Int().Draw(g, "b")
		assert.Equal(g, a+b, b+a)
	})
	assert.Equal(t, runs, 100)
}

func TestReport(t *testing.T) {
	report := failure(t, property.Config{Seed: 7}, func(g *property.G) {
		n := property.Int().Draw(g, "n")
		property.Bool().Draw(g, "")
		g.Log("half is", n/2)
		assert.True(g, n < 10, "n is small")
	})
	for _, s := range []string{"property: it fails after ", "with the seed 7", "\tn = 10\n", "\t#2 = false\n", ": half is 5\n", ": n is small: it is not true\n", "TORSION_PROPERTY_SEED=7 go test -run '^TestReport$'"} {
		if !strings.Contains(report, s) {
			t.Errorf("%q is not in:\n%s", s, report)
		}
	}
}

// Only a failure at the same place counts when another one is made simpler.
func TestShrinkingKeepsTheFailure(t *testing.T) {
	for _, seed := range seeds {
		rare := false
		report := failure(t, property.Config{Cases: 10_000, Seed: seed}, func(g *property.G) {
			n := property.Range(0, 1_000_000).Draw(g, "n")
			if n > 500_000 {
				rare = true
				g.Error("rare")
			}
			if n > 100 && rare {
				g.Error("would be simpler")
			}
		})
		assert.Equal(t, drawn(report), []string{"n = 500001"})
	}
}

func TestFlaky(t *testing.T) {
	runs := 0
	report := failure(t, property.Config{Seed: 1}, func(g *property.G) {
		property.Int().Draw(g, "n")
		if runs++; runs == 5 {
			g.Error("once")
		}
	})
	assert.Substring(t, "it depends on something else", report)
	assert.Substring(t, "\tn = ", report)
	assert.Substring(t, ": once", report)
}

func TestDiscards(t *testing.T) {
	tests := map[string]struct {
		c    property.Config
		prop func(g *property.G)
		want string
	}{
		"Assume": {property.Config{}, func(g *property.G) { g.Assume(property.Int().Draw(g, "n") == 12345) }, "only 0 of 100 cases came about: 101 were thrown away"},
		"Filter": {property.Config{}, func(g *property.G) {
			property.Filter(property.Int(), func(int) bool { return false }).Draw(g, "n")
		}, "Filter: none of 100 values was kept"},
		"keys": {property.Config{}, func(g *property.G) {
			property.MapOfN(property.Bool(), property.Int(), 3, 5).Draw(g, "m")
		}, "Filter: none of 100 values was kept"},
		"large": {property.Config{Choices: 50}, func(g *property.G) {
			property.SliceOfN(property.Int(), 60, 70).Draw(g, "s")
		}, "101 for making more than 50 choices"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.c.Seed = 1
			assert.Substring(t, tt.want, failure(t, tt.c, tt.prop))
		})
	}
	// some are no harm
	valid := 0
	property.Config{Dir: "-", Seed: 3, Time: time.Hour}.Check(t, func(g *property.G) {
		g.Assume(property.Bool().Draw(g, "b"))
		valid++
	})
	assert.Equal(t, valid, 100)
}

// A failure is saved, tried first the next time, and stays a regression test when it passes.
func TestSaved(t *testing.T) {
	c := property.Config{Dir: t.TempDir(), Seed: 5, Time: time.Hour}
	bad := true
	runs := 0
	prop := func(g *property.G) {
		runs++
		if s := property.SliceOf(property.Range(0, 1000)).Draw(g, "s"); bad && len(s) > 1 && s[1] > 40 {
			g.Error("found")
		}
	}
	report := failure(t, c, prop)
	names, _ := filepath.Glob(filepath.Join(c.Dir, "TestSaved", "*.case"))
	assert.Equal(t, len(names), 1)
	assert.Substring(t, "saved as "+names[0], report)
	text, err := os.ReadFile(names[0])
	assert.NoError(t, err)
	assert.Substring(t, "# \ts = []int{0, 41}\n", string(text))

	c.Seed = 99
	runs = 0
	report = failure(t, c, prop)
	assert.Substring(t, "the case saved as "+names[0]+" fails", report)
	assert.Equal(t, drawn(report), []string{"s = []int{0, 41}"})
	if again, _ := filepath.Glob(filepath.Join(c.Dir, "TestSaved", "*.case")); len(again) != 1 {
		t.Errorf("there are %d saved cases", len(again))
	}

	bad, runs = false, 0
	c.Check(t, prop)
	assert.Equal(t, runs, 101)

	for name, text := range map[string]string{"header": "1 2 3\n", "number": "torsion property v1\n1 x\n", "many": "torsion property v1\n" + strings.Repeat("1 ", 70_000)} {
		assert.NoError(t, os.WriteFile(names[0], []byte(text), 0o666))
		r := record.New(t)
		r.Run(func() { c.Check(r, prop) })
		if !r.Failed() || !strings.Contains(r.Said(), names[0]) {
			t.Errorf("%s: a broken file is not told of: %s", name, r.Said())
		}
	}
}

// Where nothing can be written, the failure is reported all the same.
func TestNotSaved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	assert.NoError(t, os.WriteFile(dir, nil, 0o666))
	report := failure(t, property.Config{Dir: dir, Seed: 1}, func(g *property.G) { g.Error("bad") })
	assert.Substring(t, "it could not be saved: ", report)
}

func TestEnvironment(t *testing.T) {
	t.Setenv(property.SeedVariable, "42")
	t.Setenv(property.CasesVariable, "7")
	var first, second []int
	property.Check(t, func(g *property.G) { first = append(first, property.Int().Draw(g, "n")) })
	property.Check(t, func(g *property.G) { second = append(second, property.Int().Draw(g, "n")) })
	assert.Equal(t, first, second)
	assert.Equal(t, len(first), 7)
	for _, v := range []string{property.SeedVariable, property.CasesVariable} {
		t.Setenv(v, "x")
		assert.Substring(t, v, failure(t, property.Config{}, func(*property.G) {}))
		t.Setenv(v, "1")
	}
}

func TestTimeIsBounded(t *testing.T) {
	runs := 0
	property.Config{Time: 1, Cases: math.MaxInt, Dir: "-"}.Check(t, func(*property.G) { runs++ })
	if runs == 0 {
		t.Error("nothing was tried")
	}
	runs = 0
	failure(t, property.Config{Shrinks: 10, Seed: 1}, func(g *property.G) {
		runs++
		if len(property.SliceOf(property.Int()).Draw(g, "s")) > 5 {
			g.Error("long")
		}
	})
	if runs > 130 {
		t.Errorf("%d runs", runs)
	}
}

// What a case registers is done at its end, and not at that of the test.
func TestCleanups(t *testing.T) {
	begun, ended := 0, 0
	property.Config{Dir: "-", Time: time.Hour}.Check(t, func(g *property.G) {
		assert.Equal(g, ended, begun)
		begun++
		ctx := g.Context()
		g.Cleanup(func() {
			ended++
			assert.NotEqual(g, ctx.Err(), nil)
		})
		g.Assume(property.Bool().Draw(g, "b"))
	})
}

// A case that ends the test around is told how to do better.
func TestGoexit(t *testing.T) {
	r := record.New(t)
	r.Run(func() {
		property.Config{Dir: "-", Time: time.Hour}.Check(r, func(g *property.G) { r.Fatal("the wrong one") })
	})
	assert.Substring(t, "it should use its G", r.Said())
}

func TestPanicsOnMisuse(t *testing.T) {
	for name, f := range map[string]func(){
		"Range":        func() { property.Range(2, 1) },
		"Float64Range": func() { property.Float64Range(2, 1) },
		"NaN":          func() { property.Float64Range(math.NaN(), 1) },
		"infinity":     func() { property.Float64Range(0, math.Inf(1)) },
		"OneOf":        func() { property.OneOf[int]() },
		"SampledFrom":  func() { property.SampledFrom[int]() },
		"SliceOfN":     func() { property.SliceOfN(property.Int(), 2, 1) },
		"Of func":      func() { property.Of[func()]() },
		"Of inner":     func() { property.Of[struct{ A map[string][]chan int }]() },
	} {
		t.Run(name, func(t *testing.T) {
			assert.Substring(t, "property: ", fmt.Sprint(assert.Panics(t, f)))
		})
	}
}
