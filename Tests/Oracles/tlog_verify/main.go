// Checks Assay's checkpoints and proofs with golang.org/x/mod/sumdb. Reads lines of a file:
//
//	key VERIFIER_KEY
//	note good|bad BASE64_OF_SIGNED_NOTE
//	root good SIZE ROOT                       of the entries "entry 0", "entry 1", ...
//	inclusion good|bad INDEX SIZE ROOT LEAF HASH...
//	consistency good|bad OLD_SIZE OLD_ROOT NEW_SIZE NEW_ROOT HASH...
//
// A line that is not as it says is an error; at the end it prints how many of each there were.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func number(text string) int64 { return must(strconv.ParseInt(text, 10, 64)) }

func hashes(texts []string) []tlog.Hash {
	var list []tlog.Hash
	for _, text := range texts {
		list = append(list, must(tlog.ParseHash(text)))
	}
	return list
}

func main() {
	file := must(os.Open(os.Args[1]))
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	var verifiers note.Verifiers
	var stored []tlog.Hash
	var entries int64
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		list := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			list[i] = stored[index]
		}
		return list, nil
	})
	counts := map[string]int{}
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if fields[0] == "key" {
			verifiers = note.VerifierList(must(note.NewVerifier(fields[1])))
			continue
		}
		var err error
		rest := fields[2:]
		switch fields[0] {
		case "note":
			_, err = note.Open(must(base64.StdEncoding.DecodeString(rest[0])), verifiers)
		case "root":
			for size := number(rest[0]); entries < size; entries++ {
				stored = append(stored, must(tlog.StoredHashes(entries, []byte(fmt.Sprintf("entry %d", entries)), reader))...)
			}
			if root := must(tlog.TreeHash(number(rest[0]), reader)); root.String() != rest[1] {
				err = fmt.Errorf("the root is %v", root)
			}
		case "inclusion":
			err = tlog.CheckRecord(hashes(rest[4:]), number(rest[1]), hashes(rest[2:3])[0], number(rest[0]), hashes(rest[3:4])[0])
		case "consistency":
			err = tlog.CheckTree(hashes(rest[4:]), number(rest[2]), hashes(rest[3:4])[0], number(rest[0]), hashes(rest[1:2])[0])
		default:
			log.Fatalf("unknown line %s", fields[0])
		}
		if (err == nil) != (fields[1] == "good") {
			log.Fatalf("%s: %v", lines.Text(), err)
		}
		counts[fields[0]+" "+fields[1]]++
	}
	if lines.Err() != nil {
		log.Fatal(lines.Err())
	}
	for _, kind := range []string{"note good", "note bad", "root good", "inclusion good", "inclusion bad", "consistency good", "consistency bad"} {
		fmt.Printf("%s: %d\n", kind, counts[kind])
	}
}
