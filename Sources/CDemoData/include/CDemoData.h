#ifndef ASSAY_DEMO_DATA_H
#define ASSAY_DEMO_DATA_H

#include <stddef.h>

// The demonstration's files inside the program, so that `assay demo` needs nothing beside the binary.

typedef struct {
    const char *name;              // the file's path in the repository, such as "models/lead.yaml"
    const unsigned char *bytes;    // lives as long as the program
    size_t size;
} demo_file;

size_t demo_file_count(void);

// The file at an index below demo_file_count().
demo_file demo_file_at(size_t index);

#endif
