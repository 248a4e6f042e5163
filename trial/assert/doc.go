// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package assert compares what a test got with what it wanted, and says readably how they differ.
//
// # Typical use
//
//	func TestParse(t *testing.T) {
//		got, err := Parse("a=1")
//		assert.NoError(t, err)
//		assert.Equal(t, got, Pair{"a", 1})
//		assert.In(t, "a", index, "the index of %q", "a=1")
//	}
//
// It works with any [testing.TB]: that of package testing, a trial.Case, a property.G, whether or not a runner of trial started the test.
//
// # The rule of ending
//
// An assertion that does not hold ends the test, as Fatal does. So it is called from the test's own goroutine, or from a callback on the loop that this drives. To go on
// after a failure, wrap the test: assert.Equal([Check](t), got, want) reports as Error does.
//
// # The rule of arguments
//
// Values come as Twisted has them, "first, second", and the first one is returned; where one is what was wanted, it is the second. Substrings and elements come before what holds them.
// What follows are a format and its arguments, as for [fmt.Sprintf], which say what is being compared; they come before the text that says what is wrong.
//
// [Equal] and its like compare as package diff does. [EqualBy] takes its options. [That] takes a matcher of package match, for what is put together from smaller questions.
//
// # Concurrency
//
// As of the testing.TB: FailNow only from the goroutine of the test. With Check from any goroutine.
//
// Twisted: twisted.trial._synctest._Assertions.
package assert
