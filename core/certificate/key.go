// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// A KeyPair is a private key with its public half.
type KeyPair struct{ key crypto.Signer }

// GenerateKey makes an ECDSA key on the curve P-256.
func GenerateKey() (*KeyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("certificate: generate key: %w", err)
	}
	return &KeyPair{key}, nil
}

// GenerateRSA makes an RSA key, for peers that know nothing better. 0 bits means 2048; fewer are refused.
func GenerateRSA(bits int) (*KeyPair, error) {
	if bits == 0 {
		bits = 2048
	}
	if bits < 2048 || bits > 16384 {
		return nil, fmt.Errorf("certificate: RSA key of %d bits", bits)
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, fmt.Errorf("certificate: generate key: %w", err)
	}
	return &KeyPair{key}, nil
}

// ParseKey reads a private key in DER, or the first one in PEM: PKCS #8, PKCS #1 (RSA) or SEC 1 (ECDSA), not encrypted.
func ParseKey(data []byte) (*KeyPair, error) {
	der, err := find(data, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		signer, ok := key.(crypto.Signer)
		if !ok {
			return nil, fmt.Errorf("certificate: a key of type %T cannot sign", key)
		}
		return &KeyPair{signer}, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return &KeyPair{key}, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return &KeyPair{key}, nil
	}
	return nil, errors.New("certificate: no private key that is known")
}

// Signer returns the key for use with package crypto.
func (k *KeyPair) Signer() crypto.Signer { return k.key }

// DER returns the private key in PKCS #8.
func (k *KeyPair) DER() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.key)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return der, nil
}

// PEM returns the private key in PKCS #8, as PEM.
func (k *KeyPair) PEM() ([]byte, error) {
	der, err := k.DER()
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// PublicKeyDigest returns the SHA-256 of the public half, as [Certificate.PublicKeyDigest] does.
func (k *KeyPair) PublicKeyDigest() (string, error) {
	der, err := x509.MarshalPKIXPublicKey(k.key.Public())
	if err != nil {
		return "", fmt.Errorf("certificate: %w", err)
	}
	sum := sha256.Sum256(der)
	return colons(sum[:]), nil
}

// Inspect describes the public half in one line.
func (k *KeyPair) Inspect() string {
	d, _ := k.PublicKeyDigest()
	switch pub := k.key.Public().(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("%d-bit RSA key %s", pub.N.BitLen(), d)
	case *ecdsa.PublicKey:
		return fmt.Sprintf("%s ECDSA key %s", pub.Params().Name, d)
	}
	return fmt.Sprintf("%T key %s", k.key.Public(), d)
}
