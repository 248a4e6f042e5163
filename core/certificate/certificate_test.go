// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package certificate_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
)

var subject = certificate.DistinguishedName{
	CommonName: "example.org", Organization: "Example, Inc.", OrganizationalUnit: "Unit", Locality: "Town", Province: "Province", Country: "CH",
	EmailAddress: "root@example.org",
}

func key(t testing.TB) *certificate.KeyPair {
	t.Helper()
	k, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func selfSigned(t testing.TB, tpl certificate.Template) *certificate.PrivateCertificate {
	t.Helper()
	c, err := key(t).SelfSigned(tpl)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRoundTrips(t *testing.T) {
	c := selfSigned(t, certificate.Template{Subject: subject, Names: []string{"example.org", "192.0.2.1"}})
	for _, data := range [][]byte{c.PEM(), c.DER(), append([]byte("text before\n"), c.PEM()...)} {
		d, err := certificate.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		if !d.Equal(c.Certificate) || d.Subject() != subject || d.Issuer() != subject {
			t.Errorf("got %v by %v", d.Subject(), d.Issuer())
		}
	}
	both, err := c.DumpPEM()
	if err != nil {
		t.Fatal(err)
	}
	p, err := certificate.ParsePrivate(both)
	if err != nil || !p.Equal(c.Certificate) {
		t.Fatalf("%v", err)
	}
	keyPEM, err := c.Key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := certificate.ParsePrivate(c.PEM(), keyPEM); err != nil {
		t.Errorf("in two texts: %v", err)
	}
	if der, err := c.Key.DER(); err != nil {
		t.Error(err)
	} else if _, err := certificate.ParseKey(der); err != nil {
		t.Error(err)
	}

	otherPEM, err := key(t).PEM()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := certificate.ParsePrivate(c.PEM(), otherPEM); err != certificate.ErrMismatch {
		t.Errorf("another key: %v", err)
	}
	if _, err := certificate.NewPrivate(c.Certificate, key(t)); err != certificate.ErrMismatch {
		t.Errorf("another key: %v", err)
	}
}

func TestKeyForms(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	r, err := certificate.GenerateRSA(0)
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := x509.MarshalPKCS1PrivateKey(r.Signer().(*rsa.PrivateKey))
	for kind, der := range map[string][]byte{"EC PRIVATE KEY": sec1, "RSA PRIVATE KEY": pkcs1} {
		for _, data := range [][]byte{der, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})} {
			k, err := certificate.ParseKey(data)
			if err != nil {
				t.Errorf("%s: %v", kind, err)
				continue
			}
			want := map[string]string{"EC PRIVATE KEY": "P-256 ECDSA key ", "RSA PRIVATE KEY": "2048-bit RSA key "}[kind]
			if !strings.HasPrefix(k.Inspect(), want) {
				t.Errorf("%s: %s", kind, k.Inspect())
			}
		}
	}
	if _, err := certificate.GenerateRSA(1024); err == nil {
		t.Error("RSA of 1024 bits was made")
	}
	for _, garbage := range []string{"", "garbage", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if _, err := certificate.ParseKey([]byte(garbage)); err == nil {
			t.Errorf("a key in %q", garbage)
		}
		if _, err := certificate.Parse([]byte(garbage)); err == nil {
			t.Errorf("a certificate in %q", garbage)
		}
		if _, err := certificate.ParseRequest([]byte(garbage)); err == nil {
			t.Errorf("a request in %q", garbage)
		}
	}
}

func TestSign(t *testing.T) {
	ca := selfSigned(t, certificate.Template{Subject: certificate.DistinguishedName{CommonName: "CA"}, CA: true})
	k := key(t)
	made, err := k.Request(subject, "example.org", "*.example.org", "2001:db8::1")
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{made.DER(), made.PEM()} {
		req, err := certificate.ParseRequest(data)
		if err != nil || req.Subject() != subject {
			t.Fatalf("%v", err)
		}
		cert, err := ca.Sign(req, certificate.Template{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if cert.Subject() != subject || cert.Issuer().CommonName != "CA" || cert.SerialNumber().Sign() <= 0 {
			t.Errorf("%s", cert.Inspect())
		}
		x := cert.X509()
		if got := x.NotAfter.Sub(x.NotBefore); got != certificate.DefaultValidity || x.SignatureAlgorithm != x509.ECDSAWithSHA256 {
			t.Errorf("valid for %v, signed with %v", got, x.SignatureAlgorithm)
		}
		for _, name := range []string{"example.org", "www.example.org", "2001:db8::1"} {
			if _, err := x.Verify(x509.VerifyOptions{Roots: certificate.Pool(ca.Certificate), DNSName: name}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := certificate.NewPrivate(cert, k); err != nil {
			t.Errorf("with the key of the request: %v", err)
		}
	}

	cert, err := ca.Sign(made, certificate.Template{Names: []string{"other.test"}, Validity: time.Hour, SerialNumber: big.NewInt(7), CA: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if x := cert.X509(); len(x.IPAddresses) != 0 || len(x.DNSNames) != 1 || x.DNSNames[0] != "other.test" || !x.IsCA || cert.SerialNumber().Int64() != 7 {
		t.Errorf("%s", cert.Inspect())
	}

	no := errors.New("no")
	if _, err := ca.Sign(made, certificate.Template{}, func(r *certificate.Request) error {
		if r.Subject() != subject {
			t.Errorf("asked about %v", r.Subject())
		}
		return no
	}); !errors.Is(err, no) {
		t.Errorf("refused: %v", err)
	}
	if _, err := selfSigned(t, certificate.Template{}).Sign(made, certificate.Template{}, nil); err == nil {
		t.Error("a certificate that is no authority signed another")
	}
	if _, err := ca.Sign(made, certificate.Template{Validity: -1}, nil); err == nil {
		t.Error("a negative validity")
	}
	der := made.DER()
	der[len(der)-1] ^= 1
	if _, err := certificate.ParseRequest(der); err == nil {
		t.Error("a request with a broken signature")
	}
}

func TestInspect(t *testing.T) {
	c := selfSigned(t, certificate.Template{
		Subject: certificate.DistinguishedName{CommonName: "evil\n\x1b[2J", Organization: `a,b\c`}, Names: []string{"example.org", "192.0.2.1"},
		NotBefore: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), SerialNumber: big.NewInt(0xabcd),
	})
	got := c.Inspect()
	for _, want := range []string{
		`Subject:            "CN=evil\n\x1b[2J,O=a\\,b\\\\c"`, "Serial Number:      AB:CD\n", "Not Before:         2026-01-02 03:04:05 UTC\n",
		"Not After:          2027-01-02 03:04:05 UTC\n", `DNS Name:           "example.org"`, "IP Address:         192.0.2.1\n",
		"Public Key:         ECDSA\n", "Digest (SHA-256):   " + c.Digest() + "\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	kd, err := c.Key.PublicKeyDigest()
	if err != nil || kd != c.PublicKeyDigest() {
		t.Errorf("%v: the key's digest is %s, the certificate's %s", err, kd, c.PublicKeyDigest())
	}
}

// TestOpenSSL has openssl check what we made.
func TestOpenSSL(t *testing.T) {
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl program")
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	openssl := func(args ...string) string {
		out, err := exec.Command(path, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	ca := selfSigned(t, certificate.Template{Subject: certificate.DistinguishedName{CommonName: "CA"}, CA: true})
	req, err := key(t).Request(subject, "example.org")
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Sign(req, certificate.Template{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	certFile := write("cert.pem", cert.PEM())
	openssl("verify", "-x509_strict", "-CAfile", write("ca.pem", ca.PEM()), "-verify_hostname", "example.org", certFile)
	openssl("req", "-verify", "-noout", "-in", write("req.pem", req.PEM()))
	text := openssl("x509", "-noout", "-fingerprint", "-sha256", "-subject", "-nameopt", "RFC2253", "-in", certFile)
	if !strings.Contains(text, cert.Digest()) || !strings.Contains(text, "emailAddress=root@example.org") || !strings.Contains(text, `O=Example\, Inc.`) {
		t.Errorf("openssl prints %s", text)
	}
}

func FuzzParse(f *testing.F) {
	c := selfSigned(f, certificate.Template{Subject: subject})
	both, err := c.DumpPEM()
	if err != nil {
		f.Fatal(err)
	}
	req, err := c.Key.Request(subject, "example.org")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(c.DER())
	f.Add(both)
	f.Add(req.PEM())
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := certificate.Parse(data); err == nil {
			if d, err := certificate.Parse(c.PEM()); err != nil || !d.Equal(c) {
				t.Errorf("PEM is not parsed again: %v", err)
			}
			_ = c.Inspect()
		}
		if k, err := certificate.ParseKey(data); err == nil {
			_ = k.Inspect()
		}
		if r, err := certificate.ParseRequest(data); err == nil {
			_ = r.Subject().String()
		}
	})
}

func Example() {
	key, _ := certificate.GenerateKey()
	ca, _ := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "My CA"}, CA: true})

	serverKey, _ := certificate.GenerateKey()
	req, _ := serverKey.Request(certificate.DistinguishedName{CommonName: "example.org"}, "example.org", "192.0.2.1")
	cert, err := ca.Sign(req, certificate.Template{}, func(r *certificate.Request) error {
		fmt.Println("asked for", r.Subject())
		return nil
	})
	fmt.Println(cert.Subject(), "by", cert.Issuer(), err)
	// Output:
	// asked for CN=example.org
	// CN=example.org by CN=My CA <nil>
}
