/*===- Meter.c - A plugin of qemu that counts what a program executes -------===
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===----------------------------------------------------------------------===
 *
 *   qemu-aarch64 -plugin libeke-meter.so,plan=FILE,out=FILE PROGRAM …
 *
 * The plan says what to tell apart, one item a line, numbers in hexadecimal:
 *
 *   entry ADDRESS       where execution begins: tells where the program is loaded.
 *                       All other addresses are as they are linked
 *   region START SIZE   bytes at these addresses are counted on their own
 *   mapping CALL SIZE   so are those of the first memory of this size, but for those
 *                       of mappings above, that the program maps by the system call
 *                       of this number
 *   before ADDRESS      a new window starts in front of the block at ADDRESS
 *   after ADDRESS       a new window starts behind the block with ADDRESS in it,
 *                       which must be its last instruction: a call
 *   cache SIZE LINE WAYS
 *                       the next level of data caches (Caches.h), nearest to the core
 *                       first
 *
 * The output has, for every window, what ran in it and then the mark that ended
 * it, `before ADDRESS` or `after ADDRESS`; the last window ends with the program.
 *
 *   block ADDRESS BYTES INSTRUCTIONS COUNT
 *   access ADDRESS REGION READ WRITTEN    bytes of the instruction at ADDRESS;
 *                                         REGION counts the plan's regions and
 *                                         mappings from 0, the next number is all
 *                                         the rest
 *   cache LEVEL REGION FETCHED WRITTEN    lines that this level, counted from 0, took
 *                                         from the next and wrote there
 *
 * Counts are exact for programs of one thread. Not seen are `dc zva`, prefetches and
 * loads of SVE. A block that x86's `rep` repeats counts once for every repetition.
 *===----------------------------------------------------------------------===*/

#include "compiler/meter/Caches.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*===- The part of qemu's interface that is used ---------------------------===*/

/* Debian has no header of it. qemu takes plugins from version 1 on. */
typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { noRegisters = 0, addU64 = 0, readsAndWrites = 3 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(
    qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t,
                                           void (*)(qemu_plugin_id_t, void *),
                                           void *);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *,
                                                 void (*)(unsigned, void *),
                                                 int, void *);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *,
                                                     int, void *, uint64_t);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *,
                                                   void (*)(unsigned, void *),
                                                   int, void *);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
                                             void (*)(unsigned, uint32_t,
                                                      uint64_t, void *),
                                             int, int, void *);
extern void qemu_plugin_register_vcpu_syscall_cb(
    qemu_plugin_id_t,
    void (*)(qemu_plugin_id_t, unsigned, int64_t, uint64_t, uint64_t, uint64_t,
             uint64_t, uint64_t, uint64_t, uint64_t, uint64_t));
extern void qemu_plugin_register_vcpu_syscall_ret_cb(
    qemu_plugin_id_t, void (*)(qemu_plugin_id_t, unsigned, int64_t, int64_t));
extern uint64_t qemu_plugin_entry_code(void);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern unsigned qemu_plugin_mem_size_shift(uint32_t);
extern bool qemu_plugin_mem_is_store(uint32_t);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 1;

/*===- What is counted -----------------------------------------------------===*/

enum { maxRegions = cacheRegions - 1, bucketCount = 1 << 14 };

typedef struct {
  uint64_t address;
  uint64_t bytes[maxRegions + 1][2]; /* read, written */
} Instruction;

/* A translated block. qemu may translate it again: it is found by its address
 * and length. */
typedef struct Block {
  struct Block *nextInBucket, *next;
  uint64_t address, bytes, length, count;
  bool endsWindow; /* its last access belongs to the window it starts */
  Instruction *instructions;
} Block;

typedef struct Mark {
  struct Mark *next;
  uint64_t address;
  bool isAfter;
} Mark;

static FILE *out;
static Block *buckets[bucketCount], *first, **end = &first;
/* Of addresses: a program of 32 bits gets those of the upper half as negative numbers. */
static uint64_t addressMask = UINT64_MAX;
/* A region that is yet to be mapped has the number of a system call. */
typedef struct {
  uint64_t start, size;
  int64_t call;
} Region;

static Region regions[maxRegions];
static int regionCount;
static Mark *marks;
static Cache *caches;
static bool hasEntry;
static uint64_t entry;
static uint64_t loadedAt; /* what loading has added to addresses */
static uint64_t mappedSize;

static void *allocate(size_t size) {
  void *memory = calloc(1, size);
  if (!memory) {
    fputs("eke-meter: out of memory\n", stderr);
    exit(1);
  }
  return memory;
}

/*===- While the program runs ----------------------------------------------===*/

static void writeAccesses(Instruction *i) {
  for (int r = 0; r <= regionCount; ++r)
    if (i->bytes[r][0] | i->bytes[r][1])
      fprintf(out, "access %" PRIx64 " %d %" PRIu64 " %" PRIu64 "\n",
              i->address - loadedAt, r, i->bytes[r][0], i->bytes[r][1]);
  memset(i->bytes, 0, sizeof(i->bytes));
}

static void writeLines(void) {
  int level = 0;
  for (Cache *c = caches; c; c = getNextCache(c), ++level) {
    CacheCounts *counts = getCacheCounts(c);
    for (int r = 0; r <= regionCount; ++r)
      if (counts->fetched[r] | counts->written[r])
        fprintf(out, "cache %x %d %" PRIu64 " %" PRIu64 "\n", level, r,
                counts->fetched[r], counts->written[r]);
    memset(counts, 0, sizeof(*counts));
  }
}

static void writeWindow(void) {
  for (Block *b = first; b; b = b->next) {
    if (b->count == 0 && !b->endsWindow)
      continue;
    if (b->count)
      fprintf(out, "block %" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
              b->address - loadedAt, b->bytes, b->length, b->count);
    b->count = 0;
    for (uint64_t i = 0; i < b->length; ++i)
      writeAccesses(&b->instructions[i]);
  }
  writeLines();
}

static void onMark(unsigned cpu, void *data) {
  (void)cpu;
  const Mark *mark = data;
  writeWindow();
  fprintf(out, "%s %" PRIx64 "\n", mark->isAfter ? "after" : "before",
          mark->address - loadedAt);
}

static void onAccess(unsigned cpu, uint32_t info, uint64_t address,
                     void *data) {
  (void)cpu;
  Instruction *instruction = data;
  int r = 0;
  while (r < regionCount && address - regions[r].start >= regions[r].size)
    ++r;
  uint64_t size = UINT64_C(1) << qemu_plugin_mem_size_shift(info);
  bool isStore = qemu_plugin_mem_is_store(info);
  instruction->bytes[r][isStore] += size;
  if (caches)
    accessCaches(caches, address, size, isStore, r);
}

static void beforeCall(qemu_plugin_id_t id, unsigned cpu, int64_t number,
                       uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                       uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8) {
  (void)id, (void)cpu, (void)number;
  (void)a1, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
  mappedSize = a2;
}

static void behindCall(qemu_plugin_id_t id, unsigned cpu, int64_t number,
                       int64_t result) {
  (void)id, (void)cpu;
  const int64_t mostErrors = 4095;
  if (result < 0 && result >= -mostErrors)
    return;
  for (int r = 0; r < regionCount; ++r)
    if (regions[r].call == number && regions[r].size == mappedSize) {
      regions[r].start = (uint64_t)result & addressMask;
      regions[r].call = -1;
      return;
    }
}

/* Turns the addresses of the plan into those of the program that runs. */
static void relocate(void) {
  // Without a system, a program is where it was linked, and nobody loads it.
  uint64_t code = qemu_plugin_entry_code();
  loadedAt = code ? code - entry : 0;
  hasEntry = false;
  for (Mark *m = marks; m; m = m->next)
    m->address += loadedAt;
  for (int r = 0; r < regionCount; ++r)
    if (regions[r].call < 0)
      regions[r].start += loadedAt;
}

static Block *findBlock(const struct qemu_plugin_tb *tb) {
  uint64_t address = qemu_plugin_tb_vaddr(tb);
  size_t length = qemu_plugin_tb_n_insns(tb);
  Block **bucket = &buckets[(address >> 1) % bucketCount];
  for (Block *b = *bucket; b; b = b->nextInBucket)
    if (b->address == address && b->length == length)
      return b;

  Block *b = allocate(sizeof(Block));
  b->address = address;
  b->length = length;
  b->instructions = allocate(length * sizeof(Instruction));
  for (size_t i = 0; i < length; ++i) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
    b->instructions[i].address = qemu_plugin_insn_vaddr(insn);
    b->bytes += qemu_plugin_insn_size(insn);
  }
  b->nextInBucket = *bucket;
  *bucket = b;
  *end = b;
  end = &b->next;
  return b;
}

static void onTranslation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  if (hasEntry)
    relocate();
  Block *b = findBlock(tb);
  struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, b->length - 1);
  for (Mark *m = marks; m; m = m->next) {
    if (m->isAfter && m->address == qemu_plugin_insn_vaddr(last)) {
      b->endsWindow = true;
      qemu_plugin_register_vcpu_insn_exec_cb(last, onMark, noRegisters, m);
    } else if (!m->isAfter && m->address == b->address) {
      qemu_plugin_register_vcpu_tb_exec_cb(tb, onMark, noRegisters, m);
    }
  }
  qemu_plugin_register_vcpu_tb_exec_inline(tb, addU64, &b->count, 1);
  for (size_t i = 0; i < b->length; ++i)
    qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i), onAccess,
                                     noRegisters, readsAndWrites,
                                     &b->instructions[i]);
}

static void onExit(qemu_plugin_id_t id, void *data) {
  (void)id, (void)data;
  writeWindow();
  if (fclose(out)) {
    perror("eke-meter");
    _Exit(1);
  }
}

/*===- Start ---------------------------------------------------------------===*/

static bool readRegion(FILE *plan, const char *word, uint64_t first) {
  uint64_t size;
  if (regionCount == maxRegions || fscanf(plan, "%" SCNx64, &size) != 1)
    return false;
  Region *region = &regions[regionCount++];
  if (strcmp(word, "region") == 0)
    *region = (Region){first, size, -1};
  else if (strcmp(word, "mapping") == 0) /* at no address, until it is mapped */
    *region = (Region){UINT64_MAX - size, size, (int64_t)first};
  else
    return false;
  return true;
}

static bool readCache(FILE *plan, uint64_t bytes) {
  uint64_t lineBytes, ways;
  return fscanf(plan, "%" SCNx64 "%" SCNx64, &lineBytes, &ways) == 2 &&
         addCache(&caches, bytes, lineBytes, ways);
}

static bool readPlan(FILE *plan) {
  char word[16];
  while (fscanf(plan, "%15s", word) == 1) {
    uint64_t number;
    if (fscanf(plan, "%" SCNx64, &number) != 1)
      return false;
    if (strcmp(word, "before") == 0 || strcmp(word, "after") == 0) {
      Mark *mark = allocate(sizeof(Mark));
      *mark = (Mark){marks, number, word[0] == 'a'};
      marks = mark;
    } else if (strcmp(word, "entry") == 0) {
      entry = number;
      hasEntry = true;
    } else if (strcmp(word, "cache") == 0 ? !readCache(plan, number)
                                          : !readRegion(plan, word, number)) {
      return false;
    }
  }
  return true;
}

/* The first member of what qemu says of itself. */
typedef struct {
  const char *target; /* "aarch64" */
} Info;

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const Info *info, int argc,
                               char **argv) {
  if (strcmp(info->target, "arm") == 0)
    addressMask = UINT32_MAX;
  FILE *plan = NULL;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "plan=", 5) == 0)
      plan = fopen(argv[i] + 5, "r");
    else if (strncmp(argv[i], "out=", 4) == 0)
      out = fopen(argv[i] + 4, "w");
  }
  if (!plan || !out) {
    fputs("eke-meter: expected plan=FILE to read and out=FILE to write\n",
          stderr);
    return 1;
  }
  bool isRead = readPlan(plan);
  fclose(plan);
  if (!isRead) {
    fputs("eke-meter: the plan has a line that is no 'entry ADDRESS', 'region "
          "START SIZE' or 'mapping CALL SIZE' (at most 15), 'before ADDRESS', "
          "'after ADDRESS' or 'cache SIZE LINE WAYS' (of whole sets)\n",
          stderr);
    return 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, onTranslation);
  qemu_plugin_register_vcpu_syscall_cb(id, beforeCall);
  qemu_plugin_register_vcpu_syscall_ret_cb(id, behindCall);
  qemu_plugin_register_atexit_cb(id, onExit, NULL);
  return 0;
}
