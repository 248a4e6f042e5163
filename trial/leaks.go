// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
)

// A baseline is what there was before a test.
type baseline struct {
	snapshot leaktest.Snapshot
	children []int
	self     uint64 // the goroutine of the test
}

func takeBaseline() baseline {
	return baseline{leaktest.Take(), children(), goid()}
}

// goid returns the number of the calling goroutine.
func goid() uint64 {
	var b [64]byte
	text := strings.TrimPrefix(string(b[:runtime.Stack(b[:], false)]), "goroutine ")
	text, _, _ = strings.Cut(text, " ")
	id, _ := strconv.ParseUint(text, 10, 64)
	return id
}

// checkProcess tells what the test has left in the process, besides its reactor.
func (c *Case) checkProcess() {
	c.TB.Helper()
	born := slices.DeleteFunc(children(), func(pid int) bool { return slices.Contains(c.before.children, pid) })
	if len(born) == 0 && len(c.before.snapshot.Leaks(0, c.counts)) == 0 {
		return // the usual case
	}
	c.lookAround()
	if left := c.leftChildren(born); len(left) > 0 {
		c.reportUnclean("child processes were left behind, and killed:\n" + strings.Join(left, "\n"))
	}
	grace := goroutineGrace / 10 // for what is closed by nobody that is left
	if left := c.leftGoroutines(); len(left) > 0 {
		c.reportUnclean("goroutines were left behind:\n\n" + strings.Join(left, "\n\n"))
		grace = goroutineGrace
	}
	if left := c.leftDescriptors(grace); len(left) > 0 {
		c.reportUnclean("file descriptors were left behind:\n" + strings.Join(left, "\n"))
	}
}

// lookAround notes that tests which are no Cases run at the same time.
func (c *Case) lookAround() {
	if leaktest.Take().Tests > 0 {
		c.share()
	}
}

// leftGoroutines returns the stacks of those that do not end by themselves.
func (c *Case) leftGoroutines() []string {
	start := time.Now()
	for wait := 50 * time.Microsecond; ; wait = min(2*wait, 10*time.Millisecond) {
		left := c.goroutines()
		grace := goroutineGrace
		if slices.ContainsFunc(left, atWork) {
			grace = runnableGrace
		}
		if len(left) == 0 || time.Since(start) > c.grace(grace) {
			var all []string
			for _, l := range left {
				all = append(all, l.What)
			}
			return all
		}
		pauseFor(wait)
	}
}

// pauseFor lets other goroutines go on for a while.
func pauseFor(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

// goroutines returns those that the test has started and that are not to be ignored.
func (c *Case) goroutines() []leaktest.Leak {
	leaks := c.before.snapshot.Leaks(0, func(l leaktest.Leak) bool { return l.Kind == leaktest.Goroutine && c.counts(l) })
	if !c.isShared() {
		return leaks
	}
	mine := map[uint64]bool{c.before.self: true}
	for range leaks { // a parent may have a higher number than its child
		for _, l := range leaks {
			if mine[parent(l.What)] {
				mine[l.ID] = true
			}
		}
	}
	return slices.DeleteFunc(leaks, func(l leaktest.Leak) bool { return !mine[l.ID] })
}

// counts reports whether it matters that something is there that was not.
func (c *Case) counts(l leaktest.Leak) bool {
	if l.Kind == leaktest.Descriptor {
		return true
	}
	// A bubble does not end before its goroutines have.
	return !c.cfg.bubble && !slices.ContainsFunc(c.cfg.IgnoreGoroutines, func(text string) bool { return strings.Contains(l.What, text) })
}

// parent returns the number of the goroutine that started the one of a stack.
func parent(stack string) uint64 {
	i := strings.LastIndex(stack, " in goroutine ")
	if i < 0 {
		return 0
	}
	text, _, _ := strings.Cut(stack[i+len(" in goroutine "):], "\n")
	id, _ := strconv.ParseUint(text, 10, 64)
	return id
}

// atWork reports whether a goroutine does not wait for another one.
func atWork(l leaktest.Leak) bool {
	line := firstLine(l.What)
	return strings.Contains(line, "[running") || strings.Contains(line, "[runnable") || strings.Contains(line, "[syscall")
}

// leftDescriptors returns what is open and was not before. In parallel tests it cannot be told whose they are.
func (c *Case) leftDescriptors(grace time.Duration) []string {
	if c.isShared() {
		return nil
	}
	leaks := c.before.snapshot.Leaks(c.grace(grace), func(l leaktest.Leak) bool { return l.Kind == leaktest.Descriptor })
	var all []string
	for _, l := range leaks {
		all = append(all, fmt.Sprintf("%d, open on %s", l.ID, l.What+socketName(l.What)))
	}
	return all
}

// staying returns the children that do not go by themselves: one that was given up is killed, and waited for, by another goroutine.
func (c *Case) staying(born []int) []int {
	start := time.Now()
	for wait := 50 * time.Microsecond; ; wait = min(2*wait, 10*time.Millisecond) {
		if len(born) == 0 || time.Since(start) > c.grace(goroutineGrace) {
			return born
		}
		pauseFor(wait)
		there := children()
		born = slices.DeleteFunc(born, func(pid int) bool { return !slices.Contains(there, pid) })
	}
}

// leftChildren ends the child processes and tells which they were. In parallel tests it cannot be told whose they are.
func (c *Case) leftChildren(born []int) []string {
	if c.isShared() {
		return nil
	}
	var all []string
	for _, pid := range c.staying(born) {
		all = append(all, fmt.Sprintf("%d, %s", pid, processName(pid)))
		endProcess(pid)
	}
	return all
}

// stacks returns those of all goroutines, for a report: that of the caller without the test framework, and of the others those that do not wait for package testing.
func stacks() string {
	b := make([]byte, 1<<20)
	all := strings.Split(string(b[:runtime.Stack(b, true)]), "\n\n")
	own := strings.SplitAfterN(all[0], "\n", 2)
	if all[0] = belowTest(aboveTest(own[len(own)-1])); all[0] != "" {
		all[0] = own[0] + all[0]
	}
	all = slices.DeleteFunc(all, func(stack string) bool {
		_, top, _ := strings.Cut(stack, "\n")
		return strings.HasPrefix(top, "testing.")
	})
	s := strings.TrimSpace(strings.Join(all, "\n\n"))
	if s == "" {
		return "no other goroutine of the test runs"
	}
	if len(s) > maxStacks {
		s = s[:maxStacks] + "\n... and more"
	}
	return "goroutines:\n\n" + s
}

// maxStacks bounds what a report shows of the goroutines, in bytes.
const maxStacks = 64 << 10

// stuck tells of a test that waits for something else than its reactor.
func (p *phase) stuck() string {
	return "its goroutine does not turn its reactor: it is busy, or blocked where nothing can interrupt it\n\n" + stacks()
}
