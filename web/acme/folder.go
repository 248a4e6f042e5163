// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package acme

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"golang.org/x/crypto/acme/autocert"
)

// A folder keeps what has to outlive the process, in the format of autocert's cache: a file for each host with the key and the chain in PEM, and one with the account's key.
type folder string

// accountFile is the file of the account's key.
const accountFile = "acme_account+key"

var errNoCertificate = errors.New("acme: no certificate is kept")

// make makes the folder, or checks that it is its owner's alone.
func (f folder) make() error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return fmt.Errorf("acme: folder: %w", err)
	}
	info, err := os.Stat(string(f))
	if err != nil {
		return fmt.Errorf("acme: folder: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("acme: folder: %s is no folder", f)
	}
	if !private(info) {
		return fmt.Errorf("acme: folder: %s holds private keys and is open to others (%v): chmod 700 it", f, info.Mode().Perm())
	}
	return nil
}

func (f folder) read(name string) ([]byte, error) {
	b, err := autocert.DirCache(f).Get(context.Background(), name)
	if errors.Is(err, autocert.ErrCacheMiss) {
		return nil, errNoCertificate
	}
	return b, err
}

func (f folder) write(name string, b []byte) error {
	return autocert.DirCache(f).Put(context.Background(), name, b)
}

// load returns the certificate that is kept for the host, expired or not.
func (f folder) load(host string) (*tls.Certificate, error) {
	b, err := f.read(host)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(b)
	key, err := parseKey(block)
	if err != nil {
		return nil, fmt.Errorf("acme: %s in %s: %w", host, f, err)
	}
	var chain [][]byte
	for block, rest = pem.Decode(rest); block != nil; block, rest = pem.Decode(rest) {
		chain = append(chain, block.Bytes)
	}
	return assemble(host, chain, key)
}

// save keeps the certificate.
func (f folder) save(host string, cert *tls.Certificate) error {
	b, err := encodeKey(cert.PrivateKey)
	if err != nil {
		return err
	}
	for _, der := range cert.Certificate {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return f.write(host, b)
}

// accountKey returns the account's key, made at the first call.
func (f folder) accountKey() (crypto.Signer, error) {
	b, err := f.read(accountFile)
	if err == nil {
		block, _ := pem.Decode(b)
		key, err := parseKey(block)
		if err != nil {
			return nil, fmt.Errorf("acme: account key in %s: %w", f, err)
		}
		return key, nil
	}
	if !errors.Is(err, errNoCertificate) {
		return nil, fmt.Errorf("acme: account key: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("acme: account key: %w", err)
	}
	if b, err = encodeKey(key); err == nil {
		err = f.write(accountFile, b)
	}
	if err != nil {
		return nil, fmt.Errorf("acme: account key: %w", err)
	}
	return key, nil
}

func encodeKey(key crypto.PrivateKey) ([]byte, error) {
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("acme: a key of type %T", key)
	}
	der, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}

// parseKey reads a key in one of the forms that autocert reads.
func parseKey(block *pem.Block) (crypto.Signer, error) {
	if block == nil {
		return nil, errors.New("no key")
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the key cannot be read")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key cannot sign")
	}
	return signer, nil
}
