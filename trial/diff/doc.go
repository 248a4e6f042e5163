// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package diff tells how two Go values differ, in text that people read.
//
// # Typical use
//
//	if d := diff.Diff(want, got); d != "" {
//		t.Errorf("the answer (-want +got):\n%s", d)
//	}
//
// [Diff] is "" for values that are equal, which is what [Equal] says. What differs is named by its path, what was wanted stands behind a minus, what was got behind a plus:
//
//	.Name
//		- "alice"
//		+ "bob"
//	.Header["Host"]
//		- "example.org"
//	.Tags[1:2]
//		+ "new"
//
// Slices and lines of text are aligned by the least number of insertions and removals, so that one element more is one line. Text of several lines is shown as in a unified diff,
// with a few lines around each change; long strings around the first difference; bytes that are no text in hexadecimal. [Text] compares two texts, [Format] writes one value.
//
// # What is equal
//
// Values are equal that have the same type and the same contents, whatever their pointers. In particular:
//
//   - A type with a method Equal(T) bool, such as [time.Time], is asked.
//   - Fields that are not exported count.
//   - A nil slice or map is not an empty one, except with [EquateEmpty].
//   - NaN is equal to NaN: a test that wants it gets it.
//   - Functions are equal if both are nil; channels if they are the same.
//   - Values that lead back to themselves are equal if they do so in the same way.
//   - Values nested deeper than 100,000 levels are never equal; a pointer and what it points to are two.
//
// # Limits
//
// A difference is at most 100 lines long ([MaxLines]), one value in it at most 2,000 bytes. The search for the least edits stops at about two million comparisons; what it returns
// then is right, but may not be the shortest.
//
// # Concurrency
//
// All functions are safe from any goroutine. The values may not change meanwhile.
//
// After E. Myers, An O(ND) Difference Algorithm and Its Variations (1986).
package diff
