// Checks a log's folder with golang.org/x/mod/sumdb: the checkpoint's signature, every entry against the tiles, which are
// authenticated against the checkpoint, the consistency with an older checkpoint, and the proof of an entry.
//
//	main VERIFIER_KEY FOLDER OLDER_CHECKPOINT PROOF ENTRY
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
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

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Files as C2SP tlog-tiles names them: as in Go, without the height.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var list [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(string(f), "tile", strings.TrimPrefix(tile.Path(), "tile/8/")))
		if err != nil {
			return nil, err
		}
		list = append(list, data)
	}
	return list, nil
}

func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func open(bytes []byte, key string) tlog.Tree {
	signed := must(note.Open(bytes, note.VerifierList(must(note.NewVerifier(key)))))
	lines := strings.Split(signed.Text, "\n")
	return tlog.Tree{N: must(strconv.ParseInt(lines[1], 10, 64)), Hash: must(tlog.ParseHash(lines[2]))}
}

func main() {
	key, place := os.Args[1], folder(os.Args[2])
	tree := open(must(os.ReadFile(filepath.Join(os.Args[2], "checkpoint"))), key)
	reader := tlog.TileHashReader(tree, place)
	for first := int64(0); first < tree.N; first += 256 {
		tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(min(256, tree.N-first))}
		path := filepath.Join(os.Args[2], "tile", "entries", strings.TrimPrefix(tile.Path(), "tile/8/0/"))
		bundle := must(os.ReadFile(path))
		for number := first; number < first+int64(tile.W); number++ {
			count := int(binary.BigEndian.Uint16(bundle))
			hash := tlog.RecordHash(bundle[2 : 2+count])
			bundle = bundle[2+count:]
			stored := must(reader.ReadHashes([]int64{tlog.StoredHashIndex(0, number)}))
			if stored[0] != hash {
				log.Fatalf("entry %d is not that of the tiles", number)
			}
			check(tlog.CheckRecord(must(tlog.ProveRecord(tree.N, number, reader)), tree.N, tree.Hash, number, hash))
		}
		if len(bundle) != 0 {
			log.Fatalf("%s: bytes after the last entry", path)
		}
	}
	fmt.Printf("entries: %d\n", tree.N)
	older := open(must(os.ReadFile(os.Args[3])), key)
	check(tlog.CheckTree(must(tlog.ProveTree(tree.N, older.N, reader)), tree.N, tree.Hash, older.N, older.Hash))
	fmt.Printf("continues: %d\n", older.N)

	head, signed, found := strings.Cut(string(must(os.ReadFile(os.Args[4]))), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		log.Fatal("not a proof")
	}
	index := must(strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64))
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		proof = append(proof, must(tlog.ParseHash(line)))
	}
	proved := open([]byte(signed), key)
	check(tlog.CheckRecord(proof, proved.N, proved.Hash, index, tlog.RecordHash(must(os.ReadFile(os.Args[5])))))
	fmt.Printf("proves: %d\n", index)
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
