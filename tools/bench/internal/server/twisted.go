// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"crypto/ecdsa"
	"crypto/x509"
	_ "embed" // the script
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

//go:embed twisted_server.py
var twistedScript string

// twistedEngine is what Torsion is for Go. It has one loop, whatever Loops says.
var twistedEngine = Engine{
	Name:  "twisted",
	About: "Twisted over epoll on python3, one loop; TLS by pyOpenSSL",
	Works: []Work{TCP, UDP, TLS, HTTP, Site, HTTPS},
	Why: func() string {
		if _, err := TwistedPython(); err != nil {
			return err.Error()
		}
		return ""
	},
	command: twistedCommand,
}

// TwistedPython returns a Python that has Twisted. Safe from any goroutine. The first one on the path may be another than the system's, for which Twisted is packaged.
var TwistedPython = sync.OnceValues(func() (string, error) {
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		python, err := exec.LookPath(name)
		if err == nil && exec.Command(python, "-c", "import twisted, OpenSSL").Run() == nil {
			return python, nil
		}
	}
	return "", errors.New("there is no python3 with Twisted and pyOpenSSL")
})

func twistedCommand(s Spec) (*exec.Cmd, func(), error) {
	python, err := TwistedPython()
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(python, "-c", twistedScript, string(s.Work), s.Dir)
	if s.Work != TLS && s.Work != HTTPS {
		return cmd, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "torsion-bench")
	if err != nil {
		return nil, nil, err
	}
	cleanup := func() { os.RemoveAll(dir) }
	file := filepath.Join(dir, "server.pem")
	if err := writePEM(file); err != nil {
		cleanup()
		return nil, nil, err
	}
	cmd.Args = append(cmd.Args, file)
	return cmd, cleanup, nil
}

// writePEM writes a key and its certificate into a file.
func writePEM(file string) error {
	cert, err := selfSigned()
	if err != nil {
		return err
	}
	key, ok := cert.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return errors.New("the key is not of ECDSA")
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})...)
	return os.WriteFile(file, text, 0o600)
}
