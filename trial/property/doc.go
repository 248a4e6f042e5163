// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package property tests that something holds for all values, by trying many that are made up, and shows the simplest for which it does not.
//
// # Typical use
//
//	func TestRoundTrip(t *testing.T) {
//		property.Check(t, func(g *property.G) {
//			m := messages.Draw(g, "m")
//			got, err := Parse(Append(nil, m))
//			assert.NoError(g, err)
//			assert.Equal(g, got, m)
//		})
//	}
//
// A failure looks like this:
//
//	property: it fails after 17 cases that held, with the seed 1234; 208 choices, shrunk to 2 in 190 runs:
//		m = Message{Name: "0"}
//	parse_test.go:33: ...
//	once more: TORSION_PROPERTY_SEED=1234 go test -run '^TestRoundTrip$'
//	saved as testdata/property/TestRoundTrip/6f2d0c61ab4f6c3e.case
//
// # Nouns
//
// A [G] is one case, and a [testing.TB]. A [Gen] generates values of a type: [Int], [Range], [Float64], [Bool], [Rune], [String], [Bytes], [SliceOf], [MapOf], [OneOf],
// [SampledFrom], [Permutation], [Just], [Map], [Filter], [Custom], by reflection [Of], and for what arrives from a network in pieces, [Pieces]. A [Machine] does
// commands to something that has a state, and compares it with a model. [Fuzz] is the same property as a fuzz target: what its bytes are is what is chosen.
//
// # Shrinking
//
// What generators choose is recorded as a sequence of numbers; to find a simpler case, that sequence is made shorter and its numbers smaller, and the same generators run again.
// So what was mapped, filtered and put together shrinks without being told how, and stays something that they generate. Only failures at the same place of the code count.
// For generators of your own: make the simpler things of smaller choices, and draw parts one after the other instead of their number first.
//
// # Repeating a failure
//
// The case is saved below testdata/property and tried first from then on; keep the file as a regression test, or remove it. It is bound to the generators: when they change, it becomes
// another case. The seed repeats the whole run, see [SeedVariable]. A property has to depend on nothing but what it draws.
//
// # Limits
//
// [Config] says how many cases there are, how long it may take, and how much may be thrown away. Nothing ends a case that hangs but the time-out of the test.
//
// # Concurrency
//
// Check runs all cases in the goroutine of its caller, one after the other, so a property may use what belongs to that goroutine, such as the loop of a trial.Case. A G
// belongs to it too, but for Error, Log and others of testing.TB that may be called from anywhere.
//
// After D. MacIver and A. Donaldson, Test-Case Reduction via Test-Case Generation: Insights from the Hypothesis Reducer (2020). Twisted has nothing of the kind.
package property
