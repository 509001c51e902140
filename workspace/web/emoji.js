/** Names of common emoji; any other name is shown as it was typed. */

const NAMES = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|wave 👋|clap 👏|pray 🙏|muscle 💪|raised_hands 🙌|ok_hand 👌
point_up ☝️|point_right 👉|point_left 👈|point_down 👇|handshake 🤝|eyes 👀|brain 🧠|writing_hand ✍️
smile 😄|smiley 😃|grinning 😀|grin 😁|joy 😂|sweat_smile 😅|blush 😊|wink 😉|slightly_smiling_face 🙂
thinking_face 🤔|neutral_face 😐|confused 😕|cry 😢|sob 😭|angry 😠|rage 😡|scream 😱|sleeping 😴
sunglasses 😎|heart_eyes 😍|star-struck 🤩|partying_face 🥳|face_with_monocle 🧐|shrug 🤷|facepalm 🤦
heart ❤️|broken_heart 💔|blue_heart 💙|green_heart 💚|yellow_heart 💛|purple_heart 💜|sparkling_heart 💖
fire 🔥|star ⭐|star2 🌟|sparkles ✨|zap ⚡|boom 💥|tada 🎉|confetti_ball 🎊|rocket 🚀|trophy 🏆|medal 🏅
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|no_entry ⛔|no_entry_sign 🚫
warning ⚠️|rotating_light 🚨|exclamation ❗|question ❓|information_source ℹ️|bulb 💡|mag 🔍|lock 🔒
unlock 🔓|key 🔑|shield 🛡️|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢|speech_balloon 💬|thought_balloon 💭
hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|alarm_clock ⏰|clock1 🕐|calendar 📅|date 📆
memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|pushpin 📌|paperclip 📎|link 🔗|scissors ✂️|books 📚|book 📖
page_facing_up 📄|file_folder 📁|open_file_folder 📂|package 📦|email 📧|envelope ✉️|inbox_tray 📥
outbox_tray 📤|newspaper 📰|bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉
computer 💻|keyboard ⌨️|desktop_computer 🖥️|iphone 📱|phone ☎️|gear ⚙️|wrench 🔧|hammer 🔨|toolbox 🧰
bug 🐛|robot_face 🤖|ghost 👻|alien 👽|snake 🐍|cat 🐱|dog 🐶|panda_face 🐼|fox_face 🦊|unicorn_face 🦄
art 🎨|frame_with_picture 🖼️|camera 📷|movie_camera 🎥|microphone 🎤|headphones 🎧|musical_note 🎵
game_die 🎲|dart 🎯|jigsaw 🧩|gift 🎁|balloon 🎈|coffee ☕|tea 🍵|pizza 🍕|cake 🍰|apple 🍎|beer 🍺
sunny ☀️|cloud ☁️|rain_cloud 🌧️|snowflake ❄️|rainbow 🌈|ocean 🌊|earth_africa 🌍|moon 🌙|seedling 🌱
herb 🌿|evergreen_tree 🌲|cherry_blossom 🌸|rose 🌹|sunflower 🌻|car 🚗|bike 🚲|airplane ✈️|house 🏠
office 🏢|school 🏫|hospital 🏥|money_with_wings 💸|moneybag 💰|credit_card 💳|scales ⚖️|globe_with_meridians 🌐
recycle ♻️|repeat 🔁|arrows_counterclockwise 🔄|arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️
red_circle 🔴|large_green_circle 🟢|large_yellow_circle 🟡|large_blue_circle 🔵|white_circle ⚪|black_circle ⚫
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|100 💯|wastebasket 🗑️|put_litter_in_its_place 🚮|octagonal_sign 🛑
raised_hand ✋|stop_button ⏹️|arrow_forward ▶️|checkered_flag 🏁|triangular_flag_on_post 🚩|new 🆕|ok 🆗|soon 🔜
laughing 😆|satisfied 😆|rolling_on_the_floor_laughing 🤣|upside_down_face 🙃|innocent 😇|relieved 😌|yum 😋
kissing_heart 😘|stuck_out_tongue 😛|stuck_out_tongue_winking_eye 😜|zany_face 🤪|money_mouth_face 🤑|hugging_face 🤗
face_with_hand_over_mouth 🤭|shushing_face 🤫|zipper_mouth_face 🤐|face_with_raised_eyebrow 🤨|expressionless 😑
no_mouth 😶|smirk 😏|unamused 😒|face_with_rolling_eyes 🙄|grimacing 😬|lying_face 🤥|pensive 😔|sleepy 😪
drooling_face 🤤|mask 😷|nauseated_face 🤢|sneezing_face 🤧|hot_face 🥵|cold_face 🥶|dizzy_face 😵|exploding_head 🤯
nerd_face 🤓|worried 😟|slightly_frowning_face 🙁|frowning 😦|open_mouth 😮|astonished 😲|flushed 😳|pleading_face 🥺
fearful 😨|cold_sweat 😰|disappointed 😞|sweat 😓|weary 😩|tired_face 😫|yawning_face 🥱|triumph 😤|skull 💀
clown_face 🤡|see_no_evil 🙈|hear_no_evil 🙉|speak_no_evil 🙊|kiss 💋|orange_heart 🧡|black_heart 🖤|white_heart 🤍
two_hearts 💕|heartpulse 💗|heart_hands 🫶|dizzy 💫|collision 💥|sweat_drops 💦|dash 💨|hole 🕳️|bomb 💣|zzz 💤
point_up_2 👆|v ✌️|crossed_fingers 🤞|the_horns 🤘|call_me_hand 🤙|fist ✊|facepunch 👊|open_hands 👐|palms_up_together 🤲
saluting_face 🫡|nail_care 💅|selfie 🤳|ear 👂|nose 👃|tongue 👅|baby 👶|man 👨|woman 👩|older_man 👴|older_woman 👵
technologist 🧑‍💻|detective 🕵️|construction_worker 👷|superhero 🦸|mage 🧙|zombie 🧟|walking 🚶|running 🏃|runner 🏃|dancer 💃
busts_in_silhouette 👥|bust_in_silhouette 👤|footprints 👣|monkey 🐒|monkey_face 🐵|wolf 🐺|tiger 🐯|lion_face 🦁|horse 🐴
cow 🐮|pig 🐷|mouse 🐭|hamster 🐹|rabbit 🐰|bear 🐻|koala 🐨|chicken 🐔|hatching_chick 🐣|bird 🐦|penguin 🐧|eagle 🦅
duck 🦆|owl 🦉|bat 🦇|frog 🐸|crocodile 🐊|turtle 🐢|dragon 🐉|whale 🐳|dolphin 🐬|fish 🐟|shark 🦈|octopus 🐙|snail 🐌
butterfly 🦋|ant 🐜|bee 🐝|ladybug 🐞|spider 🕷️|bouquet 💐|tulip 🌷|hibiscus 🌺|four_leaf_clover 🍀|maple_leaf 🍁
fallen_leaf 🍂|mushroom 🍄|cactus 🌵|palm_tree 🌴|deciduous_tree 🌳|grapes 🍇|watermelon 🍉|tangerine 🍊|lemon 🍋|banana 🍌
pineapple 🍍|peach 🍑|strawberry 🍓|kiwifruit 🥝|tomato 🍅|avocado 🥑|eggplant 🍆|carrot 🥕|corn 🌽|hot_pepper 🌶️
bread 🍞|croissant 🥐|cheese_wedge 🧀|egg 🥚|hamburger 🍔|fries 🍟|hotdog 🌭|taco 🌮|burrito 🌯|sushi 🍣|ramen 🍜|rice 🍚
dumpling 🥟|cookie 🍪|doughnut 🍩|birthday 🎂|ice_cream 🍨|chocolate_bar 🍫|popcorn 🍿|wine_glass 🍷|cocktail 🍸|beers 🍻
champagne 🍾|clinking_glasses 🥂|world_map 🗺️|mountain ⛰️|volcano 🌋|tent ⛺|factory 🏭|bank 🏦|hotel 🏨|church ⛪
train 🚆|bus 🚌|ambulance 🚑|fire_engine 🚒|police_car 🚓|taxi 🚕|truck 🚚|tractor 🚜|ship 🚢|anchor ⚓|helicopter 🚁
flying_saucer 🛸|construction 🚧|traffic_light 🚥|watch ⌚|clock3 🕒|clock6 🕕|clock9 🕘|clock12 🕛|full_moon 🌕|new_moon 🌑
crescent_moon 🌙|thermometer 🌡️|partly_sunny ⛅|thunder_cloud_and_rain ⛈️|tornado 🌪️|fog 🌫️|umbrella ☔|snowman ⛄|comet ☄️
droplet 💧|jack_o_lantern 🎃|christmas_tree 🎄|fireworks 🎆|sparkler 🎇|ribbon 🎀|ticket 🎫|first_place_medal 🥇
second_place_medal 🥈|third_place_medal 🥉|soccer ⚽|basketball 🏀|football 🏈|baseball ⚾|tennis 🎾|8ball 🎱|golf ⛳
video_game 🎮|slot_machine 🎰|chess_pawn ♟️|performing_arts 🎭|thread 🧵|eyeglasses 👓|necktie 👔|shirt 👕|crown 👑|gem 💎
speaker 🔈|loud_sound 🔊|mute 🔇|postal_horn 📯|notes 🎶|studio_microphone 🎙️|radio 📻|guitar 🎸|musical_keyboard 🎹|drum_with_drumsticks 🥁
battery 🔋|electric_plug 🔌|printer 🖨️|floppy_disk 💾|cd 💿|abacus 🧮|movie_clapper 🎬|clapper 🎬|tv 📺|camera_with_flash 📸
mag_right 🔎|candle 🕯️|flashlight 🔦|ledger 📒|notebook 📓|scroll 📜|bookmark 🔖|label 🏷️|bookmark_tabs 📑|receipt 🧾|dollar 💵
euro 💶|yen 💴|credit 💳|chart 💹|e-mail 📧|incoming_envelope 📨|love_letter 💌|ballot_box 🗳️|black_nib ✒️|paintbrush 🖌️|crayon 🖍️
briefcase 💼|card_index 📇|spiral_calendar_pad 🗓️|round_pushpin 📍|straight_ruler 📏|triangular_ruler 📐|lock_with_ink_pen 🔏
closed_lock_with_key 🔐|axe 🪓|nut_and_bolt 🔩|chains ⛓️|magnet 🧲|test_tube 🧪|petri_dish 🧫|dna 🧬|microscope 🔬|telescope 🔭
satellite_antenna 📡|pill 💊|syringe 💉|stethoscope 🩺|door 🚪|bed 🛏️|couch_and_lamp 🛋️|toilet 🚽|shower 🚿|soap 🧼
broom 🧹|shopping_trolley 🛒|bellhop_bell 🛎️|moyai 🗿|placard 🪧|radioactive_sign ☢️|biohazard_sign ☣️|arrow_upper_right ↗️
arrow_lower_right ↘️|leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|back 🔙|end 🔚|on 🔛|top 🔝|infinity ♾️|heavy_plus_sign ➕
heavy_minus_sign ➖|heavy_division_sign ➗|heavy_multiplication_x ✖️|bangbang ‼️|interrobang ⁉️|grey_question ❔|grey_exclamation ❕
tm ™️|copyright ©️|registered ®️|negative_squared_cross_mark ❎|large_orange_circle 🟠|large_purple_circle 🟣|large_brown_circle 🟤
red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨|large_green_square 🟩|large_blue_square 🟦|large_purple_square 🟪
white_large_square ⬜|black_large_square ⬛|small_red_triangle 🔺|large_orange_diamond 🔶|large_blue_diamond 🔷|radio_button 🔘
zero 0️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|keycap_ten 🔟|hash #️⃣|1234 🔢|abc 🔤|cool 🆒|free 🆓|sos 🆘|up 🆙|vs 🆚
rewind ⏪|fast_forward ⏩|double_vertical_bar ⏸️|twisted_rightwards_arrows 🔀|repeat_one 🔂|waving_white_flag 🏳️|waving_black_flag 🏴
rainbow-flag 🏳️‍🌈|crossed_flags 🎌|melting_face 🫠|face_holding_back_tears 🥹|dotted_line_face 🫥|bubbles 🫧|mirror_ball 🪩|hammer_and_wrench 🛠️`;

const EMOJI = new Map(NAMES.trim().split(/[|\n]/).map((pair) => pair.split(" ")));

const TONES = ["🏻", "🏼", "🏽", "🏾", "🏿"];
const TONED = /^(.+)::skin-tone-([2-6])$/;
const FLAG = /^flag-([a-z]{2})$/;
const REGIONAL = 0x1f1e6 - "a".codePointAt(0);
const letter = (char) => String.fromCodePoint(REGIONAL + char.codePointAt(0));

/** All names, for pickers. */
export const EMOJI_NAMES = [...EMOJI.keys()];

/** The character of an emoji name, with a skin tone or a country's flag, or null. */
export function emoji(name) {
  const [, plain, tone] = TONED.exec(name) ?? [];
  if (plain) return EMOJI.has(plain) ? EMOJI.get(plain).replace("\ufe0f", "") + TONES[tone - 2] : null;
  const [, country] = FLAG.exec(name) ?? [];
  return country ? [...country].map(letter).join("") : (EMOJI.get(name) ?? null);
}

/** An emoji character, or `:name:` where the name is not known here. */
export const emojiOrName = (name) => emoji(name) ?? `:${name}:`;

/** What the quick reaction menu offers. */
export const QUICK_REACTIONS = ["+1", "eyes", "white_check_mark", "tada", "heart", "thinking_face"];
