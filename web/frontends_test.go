// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package web_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/web"
)

// frontends are servers that other people put in front of this one, on a socket in dir and with connections to backend that are used for everybody.
var frontends = map[string]func(dir, backend string) (file, config string, args []string){
	"nginx": func(dir, backend string) (string, string, []string) {
		temp := ""
		for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			temp += name + "_temp_path " + dir + "/" + name + ";\n"
		}
		return "nginx.conf", "daemon off; master_process off; pid " + dir + "/pid; error_log stderr crit; events {}\nhttp {\naccess_log off; client_header_timeout 2s; client_body_timeout 2s; lingering_close off;\n" + temp +
			"upstream b { server " + backend + "; keepalive 4; }\nserver { listen unix:" + dir + "/s; location / { proxy_pass http://b; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_request_buffering off; } }\n}\n", []string{"-p", dir, "-e", "stderr", "-c"}
	},
	"haproxy": func(dir, backend string) (string, string, []string) {
		return "haproxy.cfg", "defaults\n mode http\n timeout connect 5s\n timeout client 2s\n timeout server 30s\n timeout http-request 2s\n http-reuse always\n" +
			"frontend f\n bind " + dir + "/s\n option accept-invalid-http-request\n default_backend b\nbackend b\n server s " + backend + "\n", []string{"-db", "-f"}
	},
}

// Class 1, behind the servers that are most often in front: no request is run here that the one in front took for something else. If it was run, its answer is that client's.
func TestNothingIsSmuggledPastAFrontend(t *testing.T) {
	var inputs []string
	for _, class := range malformed {
		inputs = append(inputs, class.in...)
	}
	for _, class := range wellFormed {
		inputs = append(inputs, class.in...)
	}
	for name, configure := range frontends {
		t.Run(name, func(t *testing.T) {
			program, err := exec.LookPath(name)
			if err != nil {
				t.Skip("no " + name)
			}
			var mu sync.Mutex
			ran := map[string]bool{}
			backend := listen(t, web.NewSite(web.Func(func(r *web.Request) {
				mu.Lock()
				ran[r.Path] = true
				mu.Unlock()
				echo(r)
			}), web.Config{Logger: quiet}))
			dir := t.TempDir()
			file, config, args := configure(dir, backend)
			file = filepath.Join(dir, file)
			if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(program, append(args, file)...)
			var said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &said, &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			gone := make(chan struct{})
			go func() { cmd.Wait(); close(gone) }() // ends with the process
			t.Cleanup(func() { cmd.Process.Kill(); <-gone })
			for tick := time.NewTicker(10 * time.Millisecond); ; {
				c, err := net.Dial("unix", dir+"/s")
				if err == nil {
					c.Close()
					tick.Stop()
					break
				}
				select {
				case <-gone:
					t.Fatalf("%s: %s", name, &said)
				case <-tick.C:
				}
			}
			answers := make([]string, len(inputs))
			var wg sync.WaitGroup
			places := make(chan bool, 64) // at a time
			for i, in := range inputs {
				if len(in) > 20000 {
					continue
				}
				places <- true
				wg.Go(func() {
					defer func() { <-places }()
					answers[i] = throughFrontend(t, dir+"/s", fmt.Sprintf("%sGET /smuggled/%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", in, i))
				})
			}
			wg.Wait()
			hasRun := func(path string) bool {
				mu.Lock()
				defer mu.Unlock()
				return ran[path]
			}
			passed := 0
			for i, in := range inputs {
				path := fmt.Sprintf("/smuggled/%d", i)
				answered := strings.Contains(answers[i], "GET "+path+" ")
				if answered {
					passed++
				}
				if hasRun(path) && !answered { // or the frontend was too slow for its own timeouts: once more
					path += "/again"
					got := throughFrontend(t, dir+"/s", in+"GET "+path+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
					if hasRun(path) && !strings.Contains(got, "GET "+path+" ") {
						t.Errorf("%.200q: what follows was run, and its answer went elsewhere; got %q and %q", in, answers[i], got)
					}
				}
			}
			if passed < 20 {
				t.Errorf("only %d of the requests that follow were answered: %q", passed, &said)
			}
		})
	}
}

// throughFrontend sends in, and returns everything that comes back before the frontend closes: its own timeouts see to that.
func throughFrontend(t *testing.T, socket, in string) string {
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(2 * time.Minute))
	io.WriteString(c, in) // it may be refused before it is sent
	b, _ := io.ReadAll(c)
	return string(b)
}
