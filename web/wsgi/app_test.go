// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/wsgi"
)

func TestEnviron(t *testing.T) {
	x := start(t, wsgi.Config{Threads: 2, Params: func(r *web.Request) map[string]string { return map[string]string{"REMOTE_USER": "alice"} }})
	_, got := x.get("/environ/caf%C3%A9/a%20b?q=%20")
	for _, want := range []string{
		"SCRIPT_NAME='/app'", `PATH_INFO='/environ/cafÃ©/a b'`, "QUERY_STRING='q=%20'", "REQUEST_METHOD='GET'", "SERVER_PROTOCOL='HTTP/1.1'",
		"wsgi.version=(1, 0)", "wsgi.url_scheme='http'", "wsgi.multithread=True", "wsgi.multiprocess=False", "wsgi.run_once=False", "REMOTE_ADDR='127.0.0.1'",
		"wsgi.file_wrapper='type'", "wsgi.input='BufferedReader'", "wsgi.errors='Errors'", "HTTP_HOST='127.0.0.1:", "REMOTE_USER='alice'",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

func TestBodies(t *testing.T) {
	x := start(t, wsgi.Config{Workers: 2})
	for _, test := range []struct{ method, path, in, want string }{
		{"GET", "/pid/", "", ""},
		{"POST", "/echo", "hello", "hello"},
		{"POST", "/echo", strings.Repeat("0123456789", 1<<18), strings.Repeat("0123456789", 1<<18)},
		{"POST", "/lines", "ab1\n2345\nthree\nfour\nfive\n", `ab|1` + "\n|234|5\n|[b'three\\n']|[b'four\\n', b'five\\n']|b''"},
		{"GET", "/write", "", "written first then yielded"},
		{"GET", "/close", "", "ab"},
		{"GET", "/excinfo", "", "replaced"},
		{"GET", "/missing", "", "nothing here"},
	} {
		res, got, err := x.fetch(test.method, test.path, strings.NewReader(test.in), "")
		if err != nil || test.want != "" && got != test.want {
			t.Errorf("%s: %.100q, %v", test.path, got, err)
			continue
		}
		if test.path == "/excinfo" && (res.StatusCode != 503 || res.Header.Get("X-Replaced") != "yes" || res.Header.Get("Content-Type") == "text/plain") {
			t.Errorf("the second start_response does not count: %d %v", res.StatusCode, res.Header)
		}
	}
	x.log.wait(t, "closed 2", 1)
	_, got := x.get("/large")
	if len(got) != 10000000 || !strings.HasSuffix(got, "0999") {
		t.Errorf("large: %d bytes", len(got))
	}
	if _, got := x.get("/file"); !strings.HasPrefix(got, "import os\n") || !strings.HasSuffix(got, "[b\"not refused\"]\n") {
		t.Errorf("file_wrapper: %q", got)
	}
	// Of unknown length: it is gathered.
	res, got, err := x.fetch("POST", "/echo", io.MultiReader(strings.NewReader("in "), strings.NewReader("chunks")), "")
	if err != nil || got != "in chunks" {
		t.Errorf("chunked: %v %q %v", res, got, err)
	}
	if res, _, err := x.fetch("HEAD", "/large", nil, ""); err != nil || res.StatusCode != 200 {
		t.Errorf("HEAD: %v %v", res, err)
	}
	if code, _ := x.get("/errors"); code != 200 {
		t.Errorf("errors: %d", code)
	}
	x.log.wait(t, "for the log", 1)
	x.log.wait(t, "standard output", 1)
	if strings.Contains(x.log.String(), "Traceback") {
		t.Errorf("log: %s", x.log)
	}
}

func TestWhatPEP3333Refuses(t *testing.T) {
	x := start(t, wsgi.Config{})
	for i, want := range []string{
		"TypeError: start_response: the status is int, not str",
		"ValueError: start_response: the status '2000 OK' is not three digits from 200 to 599, a space and a reason",
		"TypeError: start_response: the headers are tuple, not a list",
		"TypeError: start_response: the header ['A', 'b'] is not a tuple of name and value",
		"TypeError: start_response: in the header ('A', b'b'), b'b' is bytes, not str",
		"ValueError: start_response: the header name 'A b' is not a token",
		"ValueError: start_response: the value of the header A has a control character: 'b\\\\r\\\\nSet-Cookie: evil'", // class 8
		"ValueError: start_response: the header Connection is the server's own",
		"RuntimeError: start_response: it was called before; a second call has to have exc_info",
		"TypeError: the application wrote str, not bytes",
		"RuntimeError: the application wrote a body before it called start_response",
		"RuntimeError: the application returned without calling start_response",
		"ValueError: start_response: status and headers have to be Latin-1",
		"TypeError: the application yielded str, not bytes",
		"TypeError: 'NoneType' object is not iterable",
		"ValueError: start_response: the status '200 OK\\\\nX: y' is not three digits",
	} {
		code, body := x.get(fmt.Sprint("/wrong?", i))
		if code != 500 || strings.Contains(body, "Error:") {
			t.Errorf("%d: %d %q", i, code, body)
		}
		x.log.wait(t, want, 1)
	}
}

func TestErrors(t *testing.T) {
	x := start(t, wsgi.Config{})
	if code, _ := x.get("/early"); code != 500 {
		t.Errorf("an error before start_response: %d", code)
	}
	x.log.wait(t, "ValueError: early error", 1)
	if _, body, err := x.fetch("GET", "/late", nil, ""); err == nil {
		t.Errorf("an error after the head: the client cannot tell: %q", body)
	}
	x.log.wait(t, "ValueError: late error", 1)
	x.log.wait(t, "closed 3", 1)
	if code, _ := x.get("/exit"); code != 500 {
		t.Errorf("sys.exit: %d", code)
	}
	if _, pid := x.get("/pid"); pid == "" || x.Stats().Restarts != 0 {
		t.Error("the worker ended with its request")
	}
}

// The iteration stops, and close is called, when the client has left.
func TestClientLeaves(t *testing.T) {
	x := start(t, wsgi.Config{})
	res, err := x.client.Get(x.url + "/endless")
	if err != nil {
		t.Fatal(err)
	}
	io.ReadFull(res.Body, make([]byte, 1<<20))
	res.Body.Close()
	x.log.wait(t, "closed 7", 1)
	if code, _ := x.get("/pid"); code != 200 {
		t.Errorf("the worker does not answer any more: %d", code)
	}
}

func TestThreads(t *testing.T) {
	x := start(t, wsgi.Config{Threads: 2})
	met := make(chan string, 2)
	for range 2 {
		go func() { // ends with its request
			_, body, _ := x.fetch("GET", "/threads", nil, "")
			met <- body
		}()
	}
	if a, b := <-met, <-met; a != "met" || b != "met" {
		t.Errorf("got %q and %q", a, b)
	}
}
