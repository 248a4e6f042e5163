package exitzero

import (
	"os"
	"testing"
)

func TestExitsWell(t *testing.T) {
	os.Exit(0)
}
