// A system call of Linux that Swift's Glibc module leaves out, since the header declares it for GNU sources only.
#pragma once

int syncfs(int fd);
