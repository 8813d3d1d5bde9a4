/* Ten frames a second; what two of three frames say is in view. Nothing but the class leaves a frame's memory. */
#include "console.h"
#include "decision.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "say.h"

enum { FRAMES_PER_S = 10 };

int main(void)
{
    static const char *const names[N_CLASSES] = {"empty", "person", "pet"};
    static int16_t pixels[HAL_THERMAL_PIXELS];
    sense_vote vote = {.need = 2, .of = 3};

    if (!hal_thermal_start(FRAMES_PER_S)) {
        console_puts("no thermal array\n");
        return 1;
    }
    for (;;) {
        if (!hal_thermal_read(pixels)) {
            console_puts("no frame\n");
            continue;
        }
        features_add(pixels);
        int in_view = sense_elect(&vote, judge(features));
        if (in_view == SENSE_NO_CLASS)
            continue;
        hal_led_set(HAL_LED_BUILTIN, in_view == PERSON);
        sense_say_class(names[in_view]);
    }
}
