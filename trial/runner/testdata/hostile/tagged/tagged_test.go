package tagged

import (
	"flag"
	"os"
	"testing"
)

var word = flag.String("word", "", "")

func TestZlib(t *testing.T) {
	if !has {
		t.Skip("no zlib")
	}
}

func TestWord(t *testing.T) { t.Skip("word=" + *word + " reactor=" + os.Getenv("TORSION_REACTOR")) }
