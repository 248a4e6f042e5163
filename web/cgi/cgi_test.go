// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgi_test

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/cgi"
)

const plain = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\n"

func TestShellProgram(t *testing.T) {
	x := newRig(t, cgi.Config{Env: []string{"MINE=yes"}, Params: func(r *web.Request) map[string]string { return map[string]string{"REMOTE_USER": "alice"} }})
	t.Setenv("SECRET", "of this process")
	x.script("env", plain+"env; echo \"args: $*\"; pwd")
	if err := os.Mkdir(filepath.Join(x.dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	x.script("sub/env", plain+"env")
	x.script("echo", plain+"cat")
	x.script(".hidden", plain)
	_, got, err := x.do("GET", "/cgi/env/more/path?a+b%20c", "", "X-Twice: 1", "X-Twice: 2", "Proxy: evil", "X_y: evil")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"GATEWAY_INTERFACE=CGI/1.1\n", "SCRIPT_NAME=/cgi/env\n", "PATH_INFO=/more/path\n", "QUERY_STRING=a+b%20c\n", "HTTP_X_TWICE=1, 2\n", "MINE=yes\n", "REMOTE_USER=alice\n",
		"args: a b c\n", "\n" + x.dir + "\n", "SCRIPT_FILENAME=" + x.dir + "/env\n", "PATH_TRANSLATED=" + x.dir + "/more/path\n",
	} {
		if !strings.Contains("\n"+got, "\n"+strings.TrimPrefix(want, "\n")) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for _, bad := range []string{"evil", "HTTP_PROXY", "SECRET", "CONTENT_LENGTH"} { // class 18: CVE-2016-1000111
		if strings.Contains(got, bad) {
			t.Errorf("%q is in\n%s", bad, got)
		}
	}
	if _, got, _ := x.do("GET", "/cgi/sub/env", ""); !strings.Contains(got, "SCRIPT_NAME=/cgi/sub/env\n") {
		t.Errorf("in a directory below: %q", got)
	}
	large := strings.Repeat("0123456789", 100000)
	x.expect("POST", "/cgi/echo", large, 200, large)
	x.expect("POST", "/cgi/echo", "", 200, "")
	for _, path := range []string{"/cgi", "/cgi/", "/cgi/none", "/cgi/.hidden", "/cgi/..%2Fenv", "/cgi/sub", "/cgi/sub/", "/cgi//env", "/cgi/e%00"} {
		x.expect("GET", path, "", 404, "")
	}
}

func TestArguments(t *testing.T) {
	x := newRig(t, cgi.Config{Interpreters: map[string][]string{".in": {"/bin/sh"}}})
	x.script("args", plain+`for a; do echo "[$a]"; done`)
	x.script("args.in", plain+`for a; do echo "[$a]"; done`)
	for query, want := range map[string]string{
		"?a+%2Bb": "[a]\n[+b]\n", "?a=b": "", "?a+-s": "", "?-s": "", "?%2Ds": "", "?a%00": "", "?a++b": "", "?%zz": "",
	} {
		x.expect("GET", "/cgi/args"+query, "", 200, want)
	}
	x.expect("POST", "/cgi/args?a", "", 200, "")
	x.expect("GET", "/cgi/args.in?a", "", 200, "") // CVE-2012-1823
}

func TestPerlAndPHPAndPython(t *testing.T) {
	for _, test := range []struct{ program, pkg, file, text, want string }{
		{"perl", "perl", "a.pl", `read(STDIN, my $in, $ENV{CONTENT_LENGTH}); print "Status: 201 Made\r\nContent-Type: text/plain\r\n\r\nperl $in $ENV{PATH_INFO}";`, "perl hello /x"},
		{"php-cgi", "php-cgi", "a.php", `<?php http_response_code(201); header("Content-Type: text/plain"); echo "php ", file_get_contents("php://input"), " ", $_SERVER["PATH_INFO"];`, "php hello /x"},
		{"python3", "python3", "a.py", "import os, sys\nprint('Status: 201 Made\\nContent-Type: text/plain\\n\\npython', sys.stdin.read(), os.environ['PATH_INFO'], end='')", "python hello /x"},
	} {
		t.Run(test.program, func(t *testing.T) {
			needs(t, test.program, test.pkg)
			x := newRig(t, cgi.Config{Interpreters: map[string][]string{".pl": {"perl"}, ".php": {"php-cgi"}, ".py": {"python3"}}})
			x.script(test.file, test.text)
			x.expect("POST", "/cgi/"+test.file+"/x", "hello", 201, test.want)
		})
	}
}

func TestAnswers(t *testing.T) {
	x := newRig(t, cgi.Config{Root: web.Func(nil)})
	script := func(name, text string) { x.script(name, "#!/bin/sh\n"+text) }
	script("local", `printf 'Location: /page?from=local\n\n'`)
	script("loop", `printf 'Location: /cgi/loop\n\n'`)
	script("away", `printf 'Location: http://example.org/\n\n'`)
	script("full", `printf 'Status: 303 There\nLocation: /page\n\n'`)
	script("twice", `printf 'Set-Cookie: a\nSet-Cookie: b\nServer: evil\nDate: evil\nbad line\n\nx'`)
	script("early", `echo oops >&2; exit 3`)
	script("half", `printf 'A: b\n'`)
	script("killed", `printf 'A: b\n\nbegun'; kill -9 $$`)
	script("status", `printf 'A: b\n\nwhole'; exit 3`)
	script("long", `yes 'A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'`)
	script("deaf", `exec <&-; printf 'A: b\n\nno input'`)
	script("left", `printf 'A: b\n\ndone'; sleep 100 >/dev/null 2>&1 & exit 0`)
	x.expect("POST", "/cgi/local", "a body", 200, "page from=local")
	x.expect("GET", "/cgi/loop", "", 500, "")
	x.expect("GET", "/cgi/away", "", 302, "")
	x.expect("GET", "/cgi/early", "", 500, "")
	x.expect("GET", "/cgi/half", "", 500, "")
	x.expect("GET", "/cgi/status", "", 200, "whole")
	x.expect("GET", "/cgi/long", "", 500, "")
	x.expect("POST", "/cgi/deaf", strings.Repeat("x", 1000000), 200, "no input")
	x.expect("GET", "/cgi/left", "", 200, "done")
	if res, _, err := x.do("GET", "/cgi/full", ""); err != nil || res.StatusCode != 303 || res.Header.Get("Location") != "/page" {
		t.Errorf("full: %v %v", res, err)
	}
	if res, _, err := x.do("GET", "/cgi/twice", ""); err != nil || len(res.Header["Set-Cookie"]) != 2 || res.Header.Get("Server") != "Torsion" {
		t.Errorf("twice: %v %v", res, err)
	}
	if _, _, err := x.do("GET", "/cgi/killed", ""); err == nil {
		t.Error("the client cannot tell that the program was killed")
	}
	for _, want := range []string{"oops", "malformed header lines", "bad line", "local redirect refused", "code=3"} {
		if !strings.Contains(x.log.String(), want) {
			t.Errorf("%q is not in the log", want)
		}
	}
}

// begun waits for a program's number, which it has written to a file.
func (x *rig) begun(name string) (pid int) {
	x.t.Helper()
	x.until("the program does not begin", func() bool {
		b, err := os.ReadFile(filepath.Join(x.dir, name))
		if err == nil && strings.HasSuffix(string(b), "\n") {
			pid, _ = strconv.Atoi(strings.TrimSpace(string(b)))
		}
		return pid > 0
	})
	return pid
}

func TestClientLeaves(t *testing.T) {
	x := newRig(t, cgi.Config{})
	x.script("wait", plain+"echo $$ >$QUERY_STRING; exec sleep 1000")
	for _, name := range []string{"wait"} {
		c := x.dial("GET /cgi/" + name + "?x=" + name + " HTTP/1.1\r\nHost: h\r\n\r\n")
		pid := x.begun("x=" + name)
		c.SetLinger(0) // a reset: one that just ends what it sends may still read
		c.Close()
		x.until("the program goes on", func() bool { return gone(pid) })
	}
}

func TestMaxProcesses(t *testing.T) {
	x := newRig(t, cgi.Config{MaxProcesses: 1})
	x.script("hang", "#!/bin/sh\necho $$ >pid\nexec sleep 1000")
	c := x.dial("GET /cgi/hang HTTP/1.1\r\nHost: h\r\n\r\n")
	pid := x.begun("pid")
	x.expect("GET", "/cgi/hang", "", 503, "")
	c.SetLinger(0)
	c.Close()
	x.until("the program goes on", func() bool { return gone(pid) })
	if s := x.h.Stats(); s.Refused != 1 || s.Requests != 1 {
		t.Errorf("%+v", s)
	}
}

func TestSilence(t *testing.T) {
	x := newRig(t, cgi.Config{Silence: 2 * time.Second})
	x.script("hang", "#!/bin/sh\necho $$ >pid\nexec sleep 1000")
	x.expect("GET", "/cgi/hang", "", 504, "")
	x.until("the program goes on", func() bool {
		b, err := os.ReadFile(filepath.Join(x.dir, "pid")) // on a slow machine it may not have come so far
		pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
		return err != nil || pid == 0 || gone(pid)
	})
	if s := x.h.Stats(); s.TimedOut != 1 || s.Requests != 1 {
		t.Errorf("%+v", s)
	}
}

func TestTimeAndMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("limits of processes are Linux's")
	}
	needs(t, "perl", "perl")
	x := newRig(t, cgi.Config{Time: 2 * time.Second})
	x.script("endless", "#!/bin/sh\nprintf 'A: b\\n\\n'\nwhile :; do echo more; sleep 0.1; done")
	if _, body, err := x.do("GET", "/cgi/endless", ""); err == nil {
		t.Errorf("a program that goes on for ever: %q", body)
	}
	x = newRig(t, cgi.Config{MaxMemory: 256 << 20, MaxCPU: time.Second, Interpreters: map[string][]string{".pl": {"perl"}}})
	x.script("memory.pl", `my $x = "x" x (1 << 30); print "A: b\n\n", length $x;`)
	x.expect("GET", "/cgi/memory.pl", "", 500, "")
	x.script("cpu.pl", `while (1) {}`)
	x.expect("GET", "/cgi/cpu.pl", "", 500, "")
}

// The output of a program waits for the client: what is on its way is bounded, however much there is.
func TestLargeOutputToASlowClient(t *testing.T) {
	size := 64 << 20
	if n, err := strconv.Atoi(os.Getenv("TORSION_CGI_BYTES")); err == nil {
		size = n
	}
	x := newRig(t, cgi.Config{})
	x.script("large", plain+"head -c "+strconv.Itoa(size)+" /dev/zero")
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := x.dial("GET /cgi/large HTTP/1.0\r\n\r\n")
	r := bufio.NewReader(c)
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	total, peak, buf := 0, uint64(0), make([]byte, 1<<20)
	for {
		n, err := io.ReadFull(res.Body, buf)
		total += n
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapAlloc)
		if err != nil {
			break
		}
		runtime.Gosched()
	}
	t.Logf("%d bytes, at most %d of heap, %d before", total, peak, before.HeapAlloc)
	if total != size {
		t.Errorf("got %d bytes, want %d", total, size)
	}
	if grown := int64(peak) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}
