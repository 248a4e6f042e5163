// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"testing"
	"time"
)

// TestMain checks that the tests leave no goroutine and no descriptor behind.
func TestMain(m *testing.M) {
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil { // the runtime opens what it keeps for ever
		l.Close()
	}
	goroutines, files := runtime.NumGoroutine(), descriptors()
	code := m.Run()
	if fuzzing := flag.Lookup("test.fuzz"); fuzzing != nil && fuzzing.Value.String() != "" {
		os.Exit(code) // the fuzzing engine keeps goroutines of its own
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > goroutines && time.Now().Before(deadline) {
		runtime.Gosched() // what has been told to end is allowed to
	}
	if n := runtime.NumGoroutine(); n > goroutines && code == 0 {
		buf := make([]byte, 1<<20)
		fmt.Fprintf(os.Stderr, "%d goroutines, %d before the tests\n%s\n", n, goroutines, buf[:runtime.Stack(buf, true)])
		code = 1
	}
	runtime.GC() // finalizers of package os, if any test relied on them
	if n := descriptors(); n != files && code == 0 && !keepsDescriptors {
		fmt.Fprintf(os.Stderr, "%d descriptors open, %d before the tests\n%s", n, files, openFiles())
		code = 1
	}
	os.Exit(code)
}

// keepsDescriptors: a library that is linked in keeps some open for its own use.
var keepsDescriptors bool

// descriptors counts what is open; 0 where the system does not tell.
func descriptors() int {
	if runtime.GOOS == "windows" {
		return 0 // wine shows the files of the Linux below, many of which are its own
	}
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(d)
}

func openFiles() []byte {
	var b bytes.Buffer
	d, _ := os.ReadDir("/proc/self/fd")
	for _, e := range d {
		to, _ := os.Readlink("/proc/self/fd/" + e.Name())
		fmt.Fprintf(&b, "%s %s\n", e.Name(), to)
	}
	return b.Bytes()
}
