// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The stack of a goroutine, as package runtime prints it, is a header and two lines for each frame:
//
//	goroutine 7 [running]:
//	example.com/x.TestServer(0xc000102a80)
//		/src/x/server_test.go:12 +0x1d
//	created by testing.(*T).Run in goroutine 1
//		/go/src/testing/testing.go:1997 +0x465
var frameFile = regexp.MustCompile(`^\s*\t(\S.*\.(?:go|s)):(\d+)(?: \+0x[0-9a-f]+)?\s*$`)

// A frame is one call of a stack.
type frame struct {
	function string
	file     string
	line     int
}

// frameAt reads the frame that begins with line i.
func frameAt(text []string, i int) (frame, bool) {
	if i+1 >= len(text) {
		return frame{}, false
	}
	m := frameFile.FindStringSubmatch(text[i+1])
	name := strings.TrimSpace(text[i])
	if m == nil || name == "" {
		return frame{}, false
	}
	name, _, _ = strings.Cut(strings.TrimPrefix(name, "created by "), " in goroutine ")
	if slash := strings.LastIndexByte(name, '/'); strings.HasSuffix(name, ")") {
		if open := strings.LastIndexByte(name, '('); open > slash {
			name = name[:open]
		}
	}
	n, _ := strconv.Atoi(m[2])
	return frame{name, strings.TrimSpace(m[1]), n}, true
}

// module is where the packages of trial are.
const module = "github.com/torsion-go/torsion/trial"

// ours are the packages of frames that say nothing of a test.
var ours = []string{
	"", "testing", "testing/synctest", "internal/synctest", "runtime", "runtime/debug", "runtime/pprof", "reflect",
	module, module + "/assert", module + "/property", module + "/warn", module + "/runner",
}

// framework reports whether f belongs to what runs tests, and not to a test.
func (f frame) framework() bool {
	if strings.HasSuffix(f.file, "_test.go") {
		return false
	}
	if f.file == "_testmain.go" {
		return true
	}
	slash := strings.LastIndexByte(f.function, '/') + 1
	base, _, ok := strings.Cut(f.function[slash:], ".")
	if !ok { // panic
		base = ""
	}
	return slices.Contains(ours, f.function[:slash]+base)
}

// trimStack takes the frames of testing, runtime and trial out of the stacks in s, and goroutines that have none but those. It changes nothing if nothing would be left.
func trimStack(s string) string {
	if !strings.Contains(s, "\n\t") && !strings.Contains(s, "\n \t") {
		return s
	}
	var kept, block []string // block is a goroutine that may go
	frames, left, inBlock := 0, 0, 0
	end := func() {
		if inBlock > 0 {
			kept = append(kept, block...)
		}
		block, inBlock = nil, 0
	}
	text := strings.Split(s, "\n")
	for i := 0; i < len(text); i++ {
		f, ok := frameAt(text, i)
		switch {
		case ok:
			frames++
			if !f.framework() {
				left++
				inBlock++
				if block != nil {
					block = append(block, text[i], text[i+1])
				} else {
					kept = append(kept, text[i], text[i+1])
				}
			}
			i++
		case strings.HasPrefix(strings.TrimSpace(text[i]), "goroutine ") && strings.HasSuffix(strings.TrimSpace(text[i]), ":"):
			end()
			block = []string{text[i]}
		case block != nil && strings.TrimSpace(text[i]) != "":
			block = append(block, text[i]) // "...additional frames elided..."
		case block != nil:
			block = append(block, text[i])
			end()
		default:
			kept = append(kept, text[i])
		}
	}
	end()
	if frames == 0 || left == 0 {
		return s
	}
	return strings.TrimRight(strings.Join(kept, "\n"), "\n") + s[len(strings.TrimRight(s, "\n")):]
}

// shortPaths writes the places of stacks as "file:line", with names from the working directory.
func shortPaths(s string) string {
	if !strings.Contains(s, "\n\t") {
		return s
	}
	text := strings.Split(s, "\n")
	for i := 0; i+1 < len(text); i++ {
		if f, ok := frameAt(text, i); ok {
			i++
			indent := text[i][:len(text[i])-len(strings.TrimLeft(text[i], " \t"))]
			text[i] = indent + relative(f.file) + ":" + strconv.Itoa(f.line)
		}
	}
	return strings.Join(text, "\n")
}

// splitStack returns what s says before its first stack, and the frames of that.
func splitStack(s string) (text string, stack []frame) {
	all := strings.Split(s, "\n")
	first := len(all)
	for i := 0; i < len(all); i++ {
		f, ok := frameAt(all, i)
		if !ok {
			if len(stack) > 0 && strings.TrimSpace(all[i]) == "" {
				break
			}
			continue
		}
		stack = append(stack, f)
		first = min(first, i)
		i++
	}
	for first > 0 && len(stack) > 0 {
		last := strings.TrimSpace(all[first-1])
		if last != "" && !strings.HasPrefix(last, "goroutine ") {
			break
		}
		first--
	}
	return strings.TrimRight(strings.Join(all[:first], "\n"), "\n"), slices.DeleteFunc(stack, frame.framework)
}
