#include "work.h"

enum { NODES = 64, SEARCHES = 16 };

typedef struct node {
    struct node *next;
    uint16_t key, value;
} node;

static node pool[NODES];

static node *merge(node *left, node *right)
{
    node head, *last = &head;
    while (left && right) {
        node **smaller = left->key <= right->key ? &left : &right;
        last->next = *smaller;
        last = *smaller;
        *smaller = last->next;
    }
    last->next = left ? left : right;
    return head.next;
}

/* Bottom up: run i of `runs` holds 2^i nodes or none, as in a binary counter. */
static node *sort(node *list)
{
    node *runs[7] = {0}; /* 2^7 > NODES */
    while (list) {
        node *carry = list;
        list = list->next;
        carry->next = NULL;
        unsigned i = 0;
        for (; runs[i]; i++) {
            carry = merge(runs[i], carry);
            runs[i] = NULL;
        }
        runs[i] = carry;
    }
    node *sorted = NULL;
    for (unsigned i = 0; i < 7; i++)
        sorted = merge(runs[i], sorted);
    return sorted;
}

static node *reverse(node *list)
{
    node *done = NULL;
    while (list) {
        node *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

uint32_t list_work(uint32_t seed)
{
    node *list = NULL;
    for (unsigned i = 0; i < NODES; i++) {
        pool[i] = (node){list, (uint16_t)(next_random(&seed) & 1023u), (uint16_t)i};
        list = &pool[i];
    }
    list = reverse(sort(list));
    uint32_t sum = 0;
    for (unsigned i = 0; i < SEARCHES; i++) {
        const uint32_t wanted = next_random(&seed) & 1023u;
        const node *found = list;
        while (found && found->key > wanted)
            found = found->next;
        sum = sum * 7u + (found ? (uint32_t)found->key ^ found->value : wanted);
    }
    return sum;
}
