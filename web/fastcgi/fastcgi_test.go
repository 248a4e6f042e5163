// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fastcgi_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/fastcgi"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// serve runs a site on which app answers below /app.
func serve(t *testing.T, app *fastcgi.Application, loops int) (url string) {
	t.Helper()
	r, err := reactor.New(reactor.Config{Loops: loops, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	var root web.Tree
	root.PutChild("app", app)
	host := make(chan string, 1) // filled once
	r.CallWhenRunning(func() {
		port, err := r.ListenTCP("127.0.0.1:0", web.NewSite(&root, web.Config{Logger: slog.New(slog.DiscardHandler)}), reactor.ListenOptions{})
		if err != nil {
			t.Error(err)
			close(host)
			return
		}
		host <- port.Addr().String()
	})
	ended := make(chan error, 1)
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + <-host + "/app"
}

func fetch(t *testing.T, method, url, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	if body != "" {
		req.Header.Set("Expect", "100-continue")
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return res, string(b)
}

func TestWithNetHTTPFCGI(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "app"))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { // ends with the listener
		done <- fcgi.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			w.Header().Set("X-Method", r.Method)
			w.WriteHeader(201)
			fmt.Fprintf(w, "%s %d %v ", r.URL.RequestURI(), len(b), err)
			w.Write(bytes.Repeat([]byte("x"), 1<<20))
		}))
	}()
	defer func() {
		l.Close()
		<-done
	}()
	for _, keep := range []int{0, 2} {
		app, err := fastcgi.New("unix:"+l.Addr().String(), fastcgi.Config{KeepConnections: keep, MaxBody: 4 << 20})
		if err != nil {
			t.Fatal(err)
		}
		url := serve(t, app, 2)
		for range 3 {
			res, body := fetch(t, "POST", url+"/a/b?c=d", strings.Repeat("y", 3<<20))
			if want := "/app/a/b?c=d 3145728 <nil> "; res.StatusCode != 201 || !strings.HasPrefix(body, want) || len(body) != len(want)+1<<20 || res.Header.Get("X-Method") != "POST" {
				t.Errorf("got %v, %d bytes: %.100q", res, len(body), body)
			}
		}
		if res, _ := fetch(t, "POST", url, strings.Repeat("y", 5<<20)); res.StatusCode != 413 {
			t.Errorf("a body that is too large: %v", res.Status)
		}
		if s := app.Stats(); s.Active != 0 || s.Failed != 0 {
			t.Errorf("%+v", s)
		}
		app.Close()
	}
}

// php runs php-cgi as a FastCGI server and returns its address.
func php(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("php-cgi")
	if err != nil {
		t.Skip("php-cgi is not installed (Debian: php-cgi)")
	}
	socket := filepath.Join(t.TempDir(), "php")
	cmd := exec.Command(program, "-b", socket)
	cmd.Env = append(os.Environ(), "PHP_FCGI_MAX_REQUESTS=1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	tick := time.NewTicker(5 * time.Millisecond) // no event tells when it listens
	defer tick.Stop()
	for range 12000 {
		if c, err := net.Dial("unix", socket); err == nil {
			c.Close()
			return socket
		}
		<-tick.C
	}
	t.Fatal("php-cgi does not listen")
	return ""
}

func TestPHP(t *testing.T) {
	socket, dir := php(t), t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("index.php", `<?php echo "index";`)
	write("a.php", `<?php http_response_code(202); header("X-A: b"); error_log("for the log"); echo $_SERVER["SCRIPT_NAME"], "|", $_SERVER["PATH_INFO"] ?? "", "|", $_GET["q"] ?? "", "|", strlen(file_get_contents("php://input")), "|", $_POST["f"] ?? "";`)
	write("avatar.jpg", `<?php echo "evil";`)
	log := new(bytes.Buffer)
	app, err := fastcgi.New("unix:"+socket, fastcgi.Config{Root: dir, KeepConnections: 1, Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	url := serve(t, app, 1) // PHP has one process, and a connection that another loop keeps occupies it
	for _, test := range []struct {
		path   string
		status int
		body   string
	}{
		{"/a.php", 202, "/app/a.php||1|0|"},
		{"/a.php/x/y%20z", 202, "/app/a.php|/x/y z|1|0|"},
		{"", 200, "index"},
		{"/", 200, "index"},
		{"/avatar.jpg", 404, ""},
		{"/avatar.jpg/x.php", 404, ""},
		{"/a.php%2Fb", 404, ""},
		{"/../a.php", 404, ""},
		{"/none.php", 404, ""},
		{"/none/", 404, ""},
		{"//a.php", 404, ""},
	} {
		res, body := fetch(t, "GET", url+test.path+"?q=1", "")
		if res.StatusCode != test.status || test.body != "" && body != test.body {
			t.Errorf("%q: %d %q", test.path, res.StatusCode, body)
		}
	}
	large := strings.Repeat("x", 1<<20)
	if _, body := fetch(t, "POST", url+"/a.php", large); body != "/app/a.php|||1048576|" {
		t.Errorf("upload: %q", body)
	}
	one, err := fastcgi.New("unix:"+socket, fastcgi.Config{Script: filepath.Join(dir, "a.php")})
	if err != nil {
		t.Fatal(err)
	}
	app.Close() // its connection occupies PHP's only process
	if res, body := fetch(t, "GET", serve(t, one, 1)+"/any/path", ""); res.StatusCode != 202 || !strings.HasPrefix(body, "/app") {
		t.Errorf("one script: %v %q", res, body)
	}
}

func TestNobodyListens(t *testing.T) {
	app, err := fastcgi.New("unix:"+filepath.Join(t.TempDir(), "none"), fastcgi.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if res, _ := fetch(t, "GET", serve(t, app, 1), ""); res.StatusCode != 502 {
		t.Errorf("got %v", res)
	}
}
