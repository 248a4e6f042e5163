// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// nginxEngine is nginx with a configuration of its own. It drops the body of a POST.
var nginxEngine = Engine{
	Name:  "nginx",
	About: "nginx, one process, whatever -loops says; sendfile on, access log off",
	Works: []Work{HTTP, HTTP2, Site, HTTPS},
	Why: func() string {
		if _, err := nginxProgram(); err != nil {
			return err.Error()
		}
		return ""
	},
	attend: attendNginx,
}

func nginxProgram() (string, error) {
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("nginx is not installed")
}

// nginxConfig returns the configuration of an instance that keeps everything in dir.
func nginxConfig(s Spec, addr, dir string) string {
	listen, tls := addr, ""
	switch s.Work {
	case HTTP2:
		listen += " http2"
	case HTTPS:
		listen += " ssl"
		tls = "ssl_certificate server.pem;\nssl_certificate_key server.pem;\nssl_protocols TLSv1.3;\n"
	}
	root := dir
	if s.Dir != "" {
		root = s.Dir
	}
	var temps strings.Builder
	for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temps, "%s_temp_path %s;\n", name, filepath.Join(dir, name))
	}
	return fmt.Sprintf(`daemon off;
master_process off;
error_log stderr crit;
pid %s;
events { worker_connections 16384; }
http {
access_log off;
sendfile on;
default_type text/plain;
keepalive_requests 1000000000;
client_max_body_size 16m;
%sserver {
listen %s backlog=4096;
%sroot %s;
location = / { return 200 "%s"; }
location = /json { default_type application/json; return 200 '%s'; }
location = /post { return 200 $content_length; }
}
}
`, filepath.Join(dir, "nginx.pid"), temps.String(), listen, tls, root, Hello, JSON)
}

// attendNginx runs nginx below this process, with which it ends.
func attendNginx(s Spec) (addr string, pid int, stop func(), err error) {
	program, err := nginxProgram()
	if err != nil {
		return "", 0, nil, err
	}
	if addr, err = freeAddr(s.Work); err != nil {
		return "", 0, nil, err
	}
	dir, err := os.MkdirTemp("", "torsion-bench")
	if err != nil {
		return "", 0, nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	if err := writePEM(filepath.Join(dir, "server.pem")); err != nil {
		return "", 0, nil, err
	}
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, []byte(nginxConfig(s, addr, dir)), 0o644); err != nil {
		return "", 0, nil, err
	}
	var said bytes.Buffer
	cmd := exec.Command(program, "-p", dir, "-e", "stderr", "-c", conf)
	cmd.Stderr = &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread() // it would die with the thread that has started it
	if err := cmd.Start(); err != nil {
		return "", 0, nil, err
	}
	ended := make(chan struct{})
	go func() { // ends with nginx
		cmd.Wait()
		close(ended)
	}()
	stop = func() {
		cmd.Process.Kill()
		<-ended
		os.RemoveAll(dir)
	}
	for {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return addr, cmd.Process.Pid, stop, nil
		}
		select {
		case <-ended:
			return "", 0, nil, fmt.Errorf("nginx ended: %s", bytes.TrimSpace(said.Bytes()))
		case <-time.After(5 * time.Millisecond):
		}
	}
}
